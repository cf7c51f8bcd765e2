//! The Rust programs that the demo page copies compile and run. `demo/web/test/programs.test.mjs` compares the files with what it
//! copies, and writes them with `UPDATE_PROGRAMS=1`.

macro_rules! programs {
    ($($name:ident)*) => {$(
        mod $name {
            include!(concat!("page_programs/", stringify!($name), ".rs"));

            #[test]
            fn runs() {
                main().unwrap();
            }
        }
    )*};
}

programs!(completion whole tokens conversation chat responses);
