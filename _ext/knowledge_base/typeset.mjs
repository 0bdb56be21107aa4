// Typesets formulas with KaTeX. Standard input: {katex: path, macros: {...}, formulas: [{tex, display}]}.
// Standard output: [{html, error, complaints}] in the same order.
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

process.stdout.write(JSON.stringify(request.formulas.map(typeset)));
