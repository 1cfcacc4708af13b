// Python and Graphviz, in a thread of their own: a run may take as long as it likes, and the page
// stops it by ending this worker.

import { loadPyodide } from "./pyodide/pyodide.mjs";
import { instance } from "./viz.js";

// Where the archive's packages go, so that they count as installed and not as the user's code.
const PACKAGES = "/lib/python3.14/site-packages";

async function fetched(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

async function start() {
  const [python, graphviz, archive] = await Promise.all([
    loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href }),
    instance(),
    fetched("packages.zip"),
  ]);
  python.unpackArchive(archive, "zip", { extractDir: PACKAGES });
  python.globals.set("layout", (dot, format) => {
    const { status, output, errors } = graphviz.render(dot, { format });
    if (status !== "success") throw new Error(errors.map((error) => error.message).join("; "));
    return output;
  });
  python.globals.set("post", (message) => postMessage(JSON.parse(message)));
  python.runPython(`
    import viz
    from playground import Session
    viz.add_renderer("viz.js", layout, formats=["svg"], version="${graphviz.graphvizVersion}")
    session = Session(post)
  `);
  return python.globals.get("session");
}

const session = start();
session.then(
  () => postMessage({ kind: "ready" }),
  (error) => postMessage({ kind: "broken", text: String(error) }),
);

onmessage = async ({ data: { id, question } }) => {
  try {
    const answer = JSON.parse((await session).answer(JSON.stringify(question)));
    postMessage({ kind: "answer", id, answer });
  } catch (error) {
    // Python itself has ended: its stack or its memory ran out.
    postMessage({ kind: "broken", text: String(error).split("\n")[0] });
  }
};
