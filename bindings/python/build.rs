//! Lets the code ask which Python it is built for: `Py_GIL_DISABLED`, `PyPy`, `GraalPy`.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
}
