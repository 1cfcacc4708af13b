"use strict";

// This page walks through one forward and one backward pass. At step 0 there are the inputs alone;
// then each step computes a node; one step begins the backward pass; and then each step takes an
// edge of it. All numbers and equations were written by Python, until a slider moves a leaf: then
// the rules of the ops compute all of them anew. From step to step only classes and numbers change,
// so the graph never moves.

const byId = (id) => document.getElementById(id);
const { nodes, edges, steps, tracks, epochs } = JSON.parse(byId("data").textContent);
const loss = nodes.at(-1);
const last = steps.length - 1;
const begin = steps.findIndex((step) => step.begins);  // the step that begins the backward pass
const items = byId("list").querySelectorAll("li");
const graph = byId("graph");
const svg = graph.querySelector("svg");
const slider = byId("slider");

let position = -1;  // the step that is shown
let chosen = null;  // the node whose paths are shown

// Look up once what changes: a step must not search a page of a thousand nodes.

const rows = byId("gradients").querySelector("tbody").rows;
nodes.forEach((node, index) => {
  node.group = byId(node.id);
  node.tooltip = node.group.querySelector("title");
  node.gradientText = node.group.querySelector(".gradient");
  node.row = rows[index];
  node.cells = rows[index].cells;
  node.computed = 0;  // the step that computes it
  node.valueText = node.group.querySelector(".value");
  node.gradients = [];  // the steps that change the gradient, and what it is then
  node.into = [];  // the edges from its parents
});
for (const edge of edges) {
  edge.group = byId(edge.id);
  edge.from = nodes[edge.from];
  edge.to = nodes[edge.to];
  edge.to.into.push(edge);
  edge.localText = edge.group.querySelector(".local");
  edge.contributionText = edge.group.querySelector(".contribution");
  edge.strokes = edge.group.querySelectorAll("path");
  edge.taken = Infinity;  // the step that takes it
}
steps.forEach((step, index) => {
  if (step.begins) {
    for (const node of nodes) node.gradients.push({ at: index, ...step.zero });
    loss.gradients = [{ at: index, ...step.one }];
  } else if ("node" in step) {
    step.node = nodes[step.node];
    step.node.computed = index;
  } else if ("edge" in step) {
    step.edge = edges[step.edge];
    step.edge.taken = index;
    step.edge.from.gradients.push({ ...step, at: index });
  }
});

// Going to a step.

function go(target) {
  target = Math.min(Math.max(target, 0), last);
  if (target === position) return;
  const changedNodes = new Set();
  const changedEdges = new Set();
  const first = position < 0;
  if (first || (position < begin) !== (target < begin)) nodes.forEach((n) => changedNodes.add(n));
  if (first) edges.forEach((edge) => changedEdges.add(edge));
  for (let i = Math.min(position, target) + 1; i <= Math.max(position, target) && !first; i++) {
    const { node, edge } = steps[i];
    if (node) {
      changedNodes.add(node);
      node.into.forEach((each) => changedEdges.add(each));
    } else if (edge) {
      changedNodes.add(edge.from);
      changedEdges.add(edge);
    }
  }
  position = target;
  document.body.dataset.phase = position < begin ? "forward" : "backward";
  changedNodes.forEach(showNode);
  changedEdges.forEach(showEdge);
  showStep();
  rememberSoon();
}

function showNode(node) {
  const ahead = node.computed > position;
  const gradient = node.gradients.findLast((each) => each.at <= position);
  node.group.classList.toggle("ahead", ahead);
  node.row.classList.toggle("ahead", ahead);
  node.cells[1].textContent = ahead ? "" : node.value;
  node.cells[2].textContent = gradient?.long ?? "";
  node.gradientText?.setAttribute("class", `gradient ${gradient?.sign ?? ""}`);
  if (node.gradientText) node.gradientText.textContent = gradient?.short ?? "";
  let label = ahead ? `${node.name}, not yet computed` : `${node.name} = ${node.value}`;
  if (gradient) label += `, gradient ${gradient.long}`;
  node.group.setAttribute("aria-label", label);
  if (node.tooltip) node.tooltip.textContent = label;
}

function showEdge(edge) {
  edge.group.classList.toggle("ahead", edge.to.computed > position);
  edge.group.classList.toggle("waiting", edge.taken > position);
}

let current = null;  // the step in the list
let marks = [];  // [element, class] for what is marked in this step

function mark(element, name) {
  element.classList.add(name);
  marks.push([element, name]);
}

function markNode(node, name) {
  mark(node.group, name);
  mark(node.row, name);
}

function showStep() {
  for (const [element, name] of marks) element.classList.remove(name);
  marks = [];
  const { node, edge, begins } = steps[position];
  if (node) {
    markNode(node, "target");
    for (const each of node.into) mark(each.group, "recorded");
  } else if (begins) {
    markNode(loss, "target");
  } else if (edge) {
    mark(edge.group, "lit");
    markNode(edge.to, "upstream");
    markNode(edge.from, "target");
  }
  const item = items[position];
  if (moved.size) writeItem(item, position);
  [...item.children].forEach((child, i) => copy(child, byId("equation").children[i]));
  const symbols = item.children[0];
  current?.removeAttribute("aria-current");
  current = item;
  current.setAttribute("aria-current", "step");
  byId("phase").textContent = position < begin
    ? `Forward pass: node ${position} of ${begin - 1}`
    : `Backward pass: edge ${position - begin} of ${last - begin}`;
  slider.value = position;
  slider.setAttribute("aria-valuetext", `step ${position} of ${last}: ${symbols.textContent}`);
  byId("link").textContent = `step ${position} of ${last}`;
  byId("link").href = `#step=${position}`;
  requestAnimationFrame(revealStep);  // once the browser knows where everything is
}

function revealStep() {
  const equation = byId("equation");
  for (const size of ["", "long", "longest"]) {  // its last line is not to be cut off
    equation.className = size;
    if (equation.scrollHeight <= equation.clientHeight) break;
  }
  const { node, edge, begins } = steps[position];
  // At first the loss is seen, which all is about.
  const changed = edge?.from ?? node ?? loss;
  for (const each of edge ? [edge.to, edge] : []) reveal(each.group, graph);
  reveal(changed.group, graph);  // last, where not all of it fits
  reveal((position === 0 ? nodes[0] : changed).row, byId("gradients"));
}

function copy(from, to) {
  to.replaceChildren(...from.cloneNode(true).childNodes);
}

// Scroll within a pane alone: scrollIntoView would move the whole page too.
function reveal(element, pane) {
  const [inner, outer, room] = [element.getBoundingClientRect(), pane.getBoundingClientRect(), 40];
  const along = (start, end, low, high) =>
    start < low + room ? start - low - room : Math.max(0, end - high + room);
  pane.scrollBy(
    along(inner.left, inner.right, outer.left, outer.left + pane.clientWidth),
    along(inner.top, inner.bottom, outer.top, outer.top + pane.clientHeight),
  );
}

// The paths of a node. Each is a chain of tracks: an edge, and the track that led to its end.

function choose(node) {
  for (const each of [chosen?.group, chosen?.row]) each?.classList.remove("chosen");
  chosen?.group.setAttribute("aria-pressed", "false");
  chosen = node === chosen ? null : node;
  showMover();
  explain();
  showPlane();
}

function explain() {
  const node = chosen;
  lightUp([]);
  const panel = byId("explanation");
  panel.replaceChildren();
  if (!chosen) {
    add(panel, "p", HINT, "hint");
    return;
  }
  node.group.classList.add("chosen");
  node.row.classList.add("chosen");
  node.group.setAttribute("aria-pressed", "true");
  add(panel, "p", moved.size ? `${node.name} = ${node.value}` : node.formula);
  const list = add(panel, "ol");
  const all = node.paths.map(edgesOn);
  node.paths.forEach((_, i) => {
    const button = add(add(list, "li"), "button", "", "path");
    button.type = "button";
    const names = [loss, ...all[i].map((edge) => edge.from)].map((each) => each.name);
    const locals = all[i].map((edge) => `(${edge.local})`);
    const isLong = names.length > 16;
    add(button, "span", joined(names, isLong, `… ${names.length - 10} more …`, " → "));
    const factors = add(button, "span", "", "factors");
    factors.append(joined(locals, isLong, "…", "·") || "1", " ");
    const product = moved.size ? short(productOf(all[i])) : node.products[i];
    add(factors, "span", `= ${product}`, "product");
    for (const event of ["focus", "mouseenter"]) {
      button.addEventListener(event, () => lightUp([all[i]]));
    }
    for (const event of ["blur", "mouseleave"]) button.addEventListener(event, () => lightUp(all));
  });
  const summary = moved.size ? summaryOf(node, all) : node.summary;
  for (const line of summary) add(panel, "p", line, "sum");
  if (node.made) add(panel, "p", `made at ${node.made}`, "made");
  lightUp(all);
}

function productOf(track) {
  return track.reduce((product, edge) => product * edge.number, 1);
}

function summaryOf(node, all) {
  const total = all.reduce((sum, track) => sum + productOf(track), 0);
  const lines = [];
  if (all.length) {
    const isOne = node.count === "1";
    const few = String(all.length) === node.count;
    const which = few ? `${node.count} path${isOne ? "" : "s"}` : `${all.length} of the paths`;
    lines.push(`sum of ${which} = ${short(total)}`);
    if (!few) lines.push(`sum of the others = ${short(node.gradient - total)}`);
  }
  return [...lines, `gradient ${node.partial} = ${short(node.gradient)}`];
}

function edgesOn(track) {
  const found = [];
  for (let at = track; at >= 0; at = tracks[at][1]) found.push(edges[tracks[at][0]]);
  return found.reverse();
}

// All the pieces of a path, or of a long one the first and the last, as Python prints it.
function joined(pieces, isLong, more, separator) {
  const shown = isLong ? [...pieces.slice(0, 5), more, ...pieces.slice(-5)] : pieces;
  return shown.join(separator);
}

let lit = [];

function lightUp(paths) {
  for (const edge of lit) edge.group.classList.remove("path");
  lit = paths.flat();
  for (const edge of lit) edge.group.classList.add("path");
}

function add(parent, tag, text = "", name = "") {
  const element = document.createElement(tag);
  element.textContent = text;  // never as markup
  element.className = name;
  return parent.appendChild(element);
}

// Playing.

let timer = null;

function play() {
  if (position === last) go(0);
  timer = setInterval(() => {
    go(position + 1);
    if (position === last) pause();
  }, 1000 / byId("speed").value);
  showPlaying();
}

function pause() {
  clearInterval(timer);
  timer = null;
  showPlaying();
}

function showPlaying() {
  byId("play").classList.toggle("playing", timer !== null);
  byId("play").setAttribute("aria-label", timer === null ? "Play" : "Pause");
  // A screen reader could not read as fast as the steps come.
  byId("equation").setAttribute("aria-live", timer === null ? "polite" : "off");
}

// A step's own move ends the playing.
function move(target) {
  pause();
  go(target);
}

// The address says which step is shown: #step=12. It is written when the steps rest, for browsers
// allow few changes a second, and without entries in the history.

let remembering = null;

function rememberSoon() {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    if (location.hash === `#step=${position}` || (position === 0 && !location.hash)) return;
    try {
      history.replaceState(null, "", `#step=${position}`);
    } catch {
      // In a notebook's frame the address can't be changed; everything else works.
    }
  }, 300);
}

function readAddress() {
  const found = /^#step=(\d{1,9})$/.exec(location.hash);
  if (found) move(Number(found[1]));
}

// The size of the graph, in pixels for a unit of it.

const { width, height } = svg.viewBox.baseVal;
const LEAST_LEGIBLE = 0.85;  // below, the smallest numbers can't be read
let scale = 1;

function resize(target) {
  scale = Math.min(Math.max(target, 0.05), 6);
  svg.style.width = `${width * scale}px`;
  svg.style.height = `${height * scale}px`;
  svg.style.maxWidth = "none";
  if (position >= 0) revealStep();
}

function fitting() {
  const room = Math.max(graph.clientHeight, innerHeight / 2);  // on narrow screens it can grow
  const whole = Math.min((graph.clientWidth - 4) / width, (room - 4) / height);
  return Math.max(whole, LEAST_LEGIBLE);
}

// What the user does.

const KEYS = {
  ArrowRight: () => move(position + 1),
  ArrowLeft: () => move(position - 1),
  Home: () => move(0),
  End: () => move(last),
  " ": () => (timer === null ? play() : pause()),
  "+": () => resize(scale * 1.25),
  "-": () => resize(scale / 1.25),
  0: () => resize(fitting()),
  Escape: () => chosen && choose(chosen),
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || target.matches("select")) return;
  const node = nodes.find((each) => each.group === target);
  if (node && (key === "Enter" || key === " ")) {
    choose(node);
  } else if (KEYS[key] && !(key === " " && target.closest("button, a, summary"))) {
    KEYS[key]();
  } else {
    return;
  }
  event.preventDefault();
});

const BUTTONS = {
  first: KEYS.Home,
  back: KEYS.ArrowLeft,
  play: KEYS[" "],
  next: KEYS.ArrowRight,
  last: KEYS.End,
  smaller: KEYS["-"],
  larger: KEYS["+"],
  fit: KEYS[0],
};
for (const [id, act] of Object.entries(BUTTONS)) byId(id).addEventListener("click", act);
slider.addEventListener("input", () => move(Number(slider.value)));
byId("speed").addEventListener("change", () => {
  if (timer !== null) {
    pause();
    play();
  }
});
nodes.forEach((node) => {
  node.group.addEventListener("click", () => choose(node));
  const [cell] = node.cells;
  const button = document.createElement("button");
  button.type = "button";
  button.append(...cell.childNodes);
  cell.append(button);
  button.addEventListener("click", () => choose(node));
  node.group.setAttribute("tabindex", "0");
  node.group.setAttribute("role", "button");
  node.group.setAttribute("aria-pressed", "false");
});
byId("list").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();  // the list stays where it is
  move([...items].indexOf(link.parentElement));
});
byId("list").addEventListener("toggle", () => moved.size && items.forEach(writeItem));
addEventListener("hashchange", readAddress);

// Dragging the background moves the graph under the window.

graph.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || event.pointerType === "touch" || event.target.closest(".node")) return;
  const from = { x: event.clientX + graph.scrollLeft, y: event.clientY + graph.scrollTop };
  const drag = ({ clientX, clientY }) => graph.scrollTo(from.x - clientX, from.y - clientY);
  graph.setPointerCapture(event.pointerId);
  graph.classList.add("dragged");
  graph.addEventListener("pointermove", drag);
  graph.addEventListener("lostpointercapture", () => {
    graph.removeEventListener("pointermove", drag);
    graph.classList.remove("dragged");
  }, { once: true });
});
