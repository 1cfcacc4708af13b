// Run pytest in Pyodide, which is CPython in WebAssembly.
//
//     node run.mjs PYODIDE CHECKOUT PACKAGES [WORDS FOR PYTEST]
//
// PYODIDE is the folder of its npm package, PACKAGES one with pytest and what the tests import.

import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodide, checkout, packages, ...words] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodide, "pyodide.mjs")));
const python = await loadPyodide({ env: { HOME: "/home", NO_COLOR: "1" } });
for (const [root, place] of [[checkout, "/checkout"], [packages, "/packages"]]) {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
}
python.globals.set("words", words);
process.exit(python.runPython(`
import os, sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/checkout", "/packages"]
os.chdir("/checkout")
import pytest
print("Python", sys.version, "on", sys.platform)
int(pytest.main(["-p", "no:cacheprovider", "-p", "tests.pyodide.lacking", *words]))
`));
