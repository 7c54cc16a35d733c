// Evaluates expressions of GitHub Actions with GitHub's own library: reads `{contexts, texts, conditions}`, and writes the
// texts with their expressions replaced, and whether each condition holds.
import { readFileSync } from "node:fs";
import { Evaluator, Lexer, Parser, data } from "@actions/expressions";

const { contexts, texts, conditions, failed } = JSON.parse(readFileSync(0, "utf8"));

const asData = (value) =>
  typeof value === "string"
    ? new data.StringData(value)
    : new data.Dictionary(...Object.entries(value).map(([key, each]) => ({ key, value: asData(each) })));

// The functions of a status are the runner's, not the library's.
const answers = { always: true, success: !failed, failure: failed, cancelled: false };
const statuses = Object.keys(answers).map((name) => ({
  name,
  minArgs: 0,
  maxArgs: 0,
  call: () => new data.BooleanData(answers[name]),
}));
const functions = new Map(statuses.map((each) => [each.name, each]));

const evaluate = (text) => {
  const { tokens } = new Lexer(text).lex();
  const parsed = new Parser(tokens, Object.keys(contexts), statuses).parse();
  return new Evaluator(parsed, asData(contexts), functions).evaluate();
};

const replaced = (text) =>
  text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, inner) => evaluate(inner.trim()).coerceString());

const names = Object.keys(answers).join("|");
const holds = (text) => {
  const inner = text.replace(/^\$\{\{(.*)\}\}$/s, "$1");
  // A condition without the function of a status has `success()` before it.
  const whole = new RegExp(`\\b(${names})\\s*\\(`).test(inner) ? inner : inner ? `success() && (${inner})` : "success()";
  const found = evaluate(whole);
  return found.kind === data.Kind.Boolean ? found.value : Boolean(found.coerceString());
};

process.stdout.write(
  JSON.stringify({
    texts: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, replaced(text)])),
    conditions: conditions.map(holds),
  }),
);
