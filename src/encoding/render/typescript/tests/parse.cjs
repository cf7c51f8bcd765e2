// Reads a JSON list of TypeScript texts, each one namespace, and writes for each of them the
// syntax errors, the names that it declares and the property names of the tool's parameters.
// Usage: node parse.cjs FOLDER_OF_THE_COMPILER < texts.json
const ts = require(require.resolve("typescript", { paths: [process.argv[2]] }));

// The first object type, which may be part of a union or an intersection.
function objectType(type) {
  while (type?.types) type = type.types[0];
  return type?.kind === ts.SyntaxKind.TypeLiteral ? type : undefined;
}

function parameterNames(declaration) {
  const members = objectType(declaration?.type?.parameters?.[0]?.type)?.members ?? [];
  return members.filter(ts.isPropertySignature).map((member) => member.name.text);
}

function report(text) {
  const file = ts.createSourceFile("tool.ts", text, ts.ScriptTarget.Latest, false);
  const declared = file.statements[0]?.body?.statements ?? [];
  return {
    errors: file.parseDiagnostics.map((error) => error.messageText),
    outside: file.statements.length - 1,
    declared: declared.map((statement) => statement.name?.text ?? null),
    parameters: parameterNames(declared[declared.length - 1]),
  };
}

const texts = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map(report)));
