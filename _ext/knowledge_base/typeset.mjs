// Typesets formulas with KaTeX. Standard input: {katex: path, macros: {...}, formulas: [{tex, display}]}.
// Standard output: html, error and complaints (as JSON) of each in the same order, each ended
// by a NUL: to read a hundred megabytes of HTML out of JSON takes its time.
import { pathToFileURL } from "node:url";

const NEEDLESS = ' xmlns="http://www.w3.org/1998/Math/MathML"'; // HTML knows what <math> is

let input = "";
for await (const chunk of process.stdin) input += chunk;
const request = JSON.parse(input);
const katex = (await import(pathToFileURL(request.katex))).default;

function typeset({ tex, display }) {
  const complaints = [];
  try {
    const html = katex.renderToString(tex, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      maxExpand: 1000,
      maxSize: 50,
      macros: { ...request.macros },
      strict: (code, message) => {
        complaints.push(`${message} [${code}]`);
        return "ignore";
      },
    });
    return { html: html.replace(NEEDLESS, ""), error: "", complaints };
  } catch (error) {
    const message = String(error.message).replace(/^KaTeX parse error: /, "");
    return { html: "", error: message, complaints };
  }
}

const field = (text) => text.replaceAll("\0", "\ufffd") + "\0";
const answer = ({ html, error, complaints }) =>
  field(html) + field(error) + field(JSON.stringify(complaints));
process.stdout.write(request.formulas.map((formula) => answer(typeset(formula))).join(""));
