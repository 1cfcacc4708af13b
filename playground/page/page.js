// The playground: an editor, the output of a run, and four ways to look at its loss.

import { Editor } from "./editor.js";
import { codeOf, fragmentOf } from "./link.js";
import { Python, Stopped } from "./python.js";

const byId = (id) => document.getElementById(id);
const output = byId("output");
const examples = await (await fetch("examples.json")).json();

const python = new Python(hear, refresh);
const editor = new Editor(byId("editor"), { run, changed: () => (byId("example").value = "") });
const nothing = { loss: null, nodes: [], checks: [] };
let found = nothing;  // what the last run left to look at
let running = false;
let ready = false;

// What is said about the state of the page.

function say(text) {
  byId("status").textContent = text;
}

function refresh() {
  byId("run").disabled = running || !ready;
  byId("stop").disabled = !python.isBusy;
}

// What Python says.

function hear(message) {
  if (message.kind === "ready") {
    ready = true;
    say("Ready");
    refresh();
  } else if (message.kind === "failed") {
    say("Python can't be loaded");
    write("error", `Python can't be loaded: ${message.text}`);
  } else if (message.kind === "broken") {
    ready = false;
    write("error", `Python has ended: ${ended(message.text)}\nIt is being loaded anew.`);
    say("Python is being loaded anew …");
    look(nothing);
  } else if (message.kind === "html" && message.place === "picture") {
    showHtml(byId("picture").querySelector(".shown"), message.html);
  } else {
    write(message.kind, message.text ?? message.html, message.place);
  }
}

// What to say of Python's end.
function ended(reason) {
  return reason.includes("call stack")
    ? "calls within calls went too deep, such as those that free a long chain of objects"
    : reason;
}

// Write below the editor. What has a place replaces what was there.
function write(kind, content, place = "") {
  const atEnd = output.scrollTop + output.clientHeight >= output.scrollHeight - 4;
  let element = place && output.querySelector(`[data-place="${CSS.escape(place)}"]`);
  if (!element) {
    const last = output.lastElementChild;
    const joins = kind === "text" && !place && last?.className === "text" && !last.dataset.place;
    element = joins ? last : output.appendChild(document.createElement("div"));
    if (place) element.dataset.place = place;
  }
  element.className = kind;
  if (kind === "html") showHtml(element, content);
  else if (place) element.textContent = content;
  else element.append(content);
  if (atEnd) output.scrollTop = output.scrollHeight;
}

// HTML in a tree of its own, so that its styles stay there. Its scripts don't run: see the policy.
function showHtml(element, content) {
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  root.innerHTML = content;
}

// Running.

async function run() {
  if (running || !ready) return;
  running = true;
  output.replaceChildren();
  empty(byId("picture").querySelector(".shown"), "");
  editor.mark(null);
  say("Running …");
  refresh();
  const started = performance.now();
  const answer = await asked({ ask: "run", code: editor.code });
  running = false;
  refresh();
  if (!answer) return;
  if (answer.error !== undefined) {
    write("error", answer.error);
    editor.mark(answer.line);
    say(answer.line ? `An error in line ${answer.line}` : "An error");
  } else {
    say(`Done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  look({ ...nothing, ...answer });
}

function stop() {
  ready = false;
  python.restart();
  say("Stopped; Python is being loaded anew …");
  look(nothing);
}

// Looking at the loss. A panel asks Python when it is first shown, and when its form changes.

const panels = {
  picture: {
    question: () => {
      const collapse = byId("collapse").value;
      byId("paths-to").disabled = collapse !== "";  // paths run from node to node
      return { collapse, paths_to: collapse ? "" : byId("paths-to").value };
    },
    show: (shown, { html }) => showHtml(shown, html),
  },
  stepper: { question: () => ({}), show: (shown, { page }) => showPage(shown, page) },
  explain: {
    question: () => ({ node: byId("explained").value, form: byId("form").value }),
    show: (shown, { text }) => (shown.textContent = text),
  },
  check: null,  // it waits for an answer
};

function showPage(shown, page) {
  const frame = document.createElement("iframe");
  frame.title = "Stepper";
  frame.src = "frame.html";
  frame.sandbox = "allow-scripts";
  frame.onload = () => {
    frame.onload = null;
    frame.contentWindow.postMessage(page, "*");
  };
  shown.replaceChildren(frame);
}

function look(answer) {
  found = answer;
  for (const select of document.querySelectorAll("select.nodes")) fill(select, found.nodes);
  byId("of-loss").textContent = `∂${found.loss ?? "L"}/∂`;
  byId("derivations").replaceChildren(...found.checks.map((check) => pre(check)));
  byId("check").querySelector(".shown").replaceChildren();
  for (const name of Object.keys(panels)) byId(name).classList.toggle("stale", panels[name] !== null);
  byId("tab-check").classList.toggle("news", found.checks.length > 0);
  for (const check of found.checks) write("check", `${check}\n`);
  show(current());
}

function fill(select, nodes) {
  const before = select.value;
  const options = nodes.map(({ name }) => new Option(name));
  if (select.dataset.none) options.unshift(new Option(select.dataset.none, ""));
  select.replaceChildren(...options);
  const names = nodes.map((node) => node.name);
  if (names.includes(before)) select.value = before;
  else if (!select.dataset.none) select.value = nodes.find((node) => node.leaf)?.name ?? "";
}

const pre = (text) => {
  const element = document.createElement("pre");
  element.textContent = text;
  return element;
};

const current = () => document.querySelector("[role=tab][aria-selected=true]").id.slice(4);

function choose(name) {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const isChosen = tab.id === `tab-${name}`;
    tab.ariaSelected = String(isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !isChosen;
  }
  show(name);
}

async function show(name) {
  const panel = byId(name);
  if (panels[name] === null || !panel.classList.contains("stale")) return;
  const shown = panel.querySelector(".shown");
  panel.classList.remove("stale");
  shown.removeAttribute("data-error");
  if (!found.loss) {
    empty(shown, "Call the value to look at loss or L, and run the code.");
    return;
  }
  const answer = await asked({ ask: name, ...panels[name].question() });
  if (answer?.error !== undefined) empty(shown, answer.error);
  else if (answer) panels[name].show(shown, answer);
}

// Return the answer to a question; null if Python was stopped before it came.
async function asked(question) {
  try {
    return await python.ask(question);
  } catch (error) {
    if (error instanceof Stopped) return null;
    throw error;
  }
}

// Say why there is nothing to see.
function empty(shown, reason) {
  shown.dataset.error = reason;
  if (shown.shadowRoot) shown.shadowRoot.replaceChildren(document.createTextNode(reason));
  else shown.textContent = reason;
}

function again(event) {
  event.preventDefault();
  const panel = event.currentTarget.closest("[role=tabpanel]");
  panel.classList.add("stale");
  show(panel.id);
}

async function check(event) {
  event.preventDefault();
  const [node, answer] = [byId("checked").value, byId("answer").value];
  if (!found.loss || !answer.trim()) return;
  const said = await asked({ ask: "check", node, answer });
  if (!said) return;
  const element = pre(said.error ?? said.text);
  element.className = said.error !== undefined ? "error" : said.right ? "right" : "wrong";
  byId("check").querySelector(".shown").prepend(element);
}

// Links and examples.

function open(name) {
  const example = examples[name] ?? examples[Object.keys(examples)[0]];
  editor.code = example.code;
  byId("example").value = name;
  history.replaceState(null, "", `#example=${name}`);
}

async function copyLink() {
  history.replaceState(null, "", await fragmentOf(editor.code));
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied");
  } catch {
    say("The link is in the address bar");
  }
}

async function openFragment() {
  const code = await codeOf(location.hash);
  if (code !== null) {
    editor.code = code;
    return;
  }
  const name = decodeURIComponent(location.hash).match(/^#example=([\w-]+)$/)?.[1];
  open(name in examples ? name : Object.keys(examples)[0]);
  if (location.hash.startsWith("#code=")) say("The link is cut or damaged");
}

byId("example").append(
  new Option("your own", "", false, false),
  ...Object.entries(examples).map(([name, { title }]) => new Option(title, name)),
);
byId("example").addEventListener("change", (event) => event.target.value && open(event.target.value));
byId("run").addEventListener("click", run);
byId("stop").addEventListener("click", stop);
byId("link").addEventListener("click", copyLink);
byId("question").addEventListener("submit", check);
for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => choose(tab.id.slice(4)));
}
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const next = tabs.at((tabs.findIndex((tab) => tab.id === `tab-${current()}`) + step) % tabs.length);
  choose(next.id.slice(4));
  next.focus();
});
for (const form of document.querySelectorAll("#picture form, #explain form")) {
  form.addEventListener("change", again);
  form.addEventListener("submit", again);
}
addEventListener("hashchange", openFragment);
choose("picture");
await openFragment();
