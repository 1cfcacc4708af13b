// Sliders. What a leaf is moved to goes through the rules of the ops, as in the engine.

const moved = new Map();  // by places in the program
const result = document.querySelector(".result");
const written = [...items].map((item) => [...item.children].map((child) => child.innerHTML));

function showMover() {
  const panel = byId("mover");
  panel.replaceChildren();
  if (!chosen || chosen.into.length) return;
  if (chosen.fixed) {
    add(panel, "p", `It has no slider: ${chosen.fixed}.`, "hint");
    return;
  }
  const given = program[chosen.place];
  const span = Math.max(1, 2 * Math.abs(given));
  const label = add(panel, "label", `${chosen.name} `);
  const range = add(label, "input");
  Object.assign(range, { type: "range", min: given - span, max: given + span, step: "any" });
  range.value = moved.get(chosen.place) ?? given;
  const exact = add(panel, "input");
  Object.assign(exact, { type: "number", step: "any", value: moved.get(chosen.place) ?? given });
  exact.setAttribute("aria-label", `${chosen.name} as a number`);
  const reset = add(panel, "button", "reset");
  reset.type = "button";
  reset.title = "All leaves as they were";
  const { place } = chosen;
  range.addEventListener("input", () => {
    exact.value = short(Number(range.value));
    moveLeaf(place, Number(range.value));
  });
  exact.addEventListener("input", () => {
    if (exact.value === "" || !Number.isFinite(Number(exact.value))) return;
    range.value = exact.value;
    moveLeaf(place, Number(exact.value));
  });
  reset.addEventListener("click", () => {
    moved.clear();
    range.value = exact.value = given;
    recompute();
  });
}

function moveLeaf(place, number) {
  moved.set(place, number);
  recompute();
}

function recompute() {
  const { values, locals, gradients } = computeAll(rules, program, moved);
  for (const node of nodes) {
    node.number = values[node.place];
    node.value = short(node.number);
    node.gradient = gradients[node.place];
    if (node.valueText) node.valueText.textContent = node.value;
  }
  nodes.forEach(fitNumber);
  for (const edge of edges) {
    edge.number = locals[edge.to.place][edge.position];
    edge.local = short(edge.number);
    edge.contribution = edge.to.gradient * edge.number;
  }
  replaySteps();
  const largest = Math.max(0, ...edges.map((e) => Math.abs(e.contribution)).filter(Number.isFinite));
  for (const edge of edges) showNumbers(edge, largest);
  result.textContent = `= ${loss.value}`;
  nodes.forEach(showNode);
  if (byId("list").open) items.forEach(writeItem);
  else writeItem(items[position], position);
  showStep();
  explain();
  showPlane();
}

// A longer number than the frame was made for is set narrower.
function fitNumber(node) {
  const text = node.valueText?.closest("text");
  const frame = node.group.querySelector("polygon, path");
  if (!text || !frame) return;
  text.removeAttribute("textLength");
  const room = frame.getBBox().width - 6;
  if (text.getComputedTextLength() <= room) return;
  text.setAttribute("textLength", room);
  text.setAttribute("lengthAdjust", "spacingAndGlyphs");
}

// What each step adds to which gradient, in the order of the pass.
function replaySteps() {
  const running = new Map([[loss, 1]]);
  steps.forEach((step, at) => {
    const { edge } = step;
    if (!edge) return;
    const before = running.get(edge.from) ?? 0;
    const after = before + edge.contribution;
    running.set(edge.from, after);
    Object.assign(step, { before, after });
    Object.assign(edge.from.gradients.find((each) => each.at === at), {
      short: `grad ${short(after)}`, long: short(after), sign: signOf(after),
    });
  });
}

function signOf(number) {
  if (!Number.isFinite(number)) return "non-finite";
  return number > 0 ? "positive" : number < 0 ? "negative" : "zero";
}

function showNumbers(edge, largest) {
  const { contribution } = edge;
  if (edge.localText) edge.localText.textContent = `× ${edge.local}`;
  if (edge.contributionText) edge.contributionText.textContent = `+= ${short(contribution)}`;
  edge.group.classList.remove("positive", "negative", "zero", "non-finite");
  edge.group.classList.add(signOf(contribution));
  const share = largest ? Math.abs(contribution) / largest : 0;
  const width = Number.isFinite(contribution) ? 0.8 + 3.2 * Math.sqrt(share) : 4;
  for (const stroke of edge.strokes) stroke.setAttribute("stroke-width", width.toFixed(2));
}

// The words of a step, with the numbers of now; as Python wrote them, if no leaf is moved.
function writeItem(item, at) {
  const [symbols, numbers, where] = item.children;
  written[at].forEach((text, i) => (item.children[i].innerHTML = text));
  const { node, edge, begins } = steps[at];
  if (!moved.size || begins) return;
  numbers.replaceChildren();
  where.textContent = "";
  if (node) {
    write(numbers, ["= "], [node.value, "target"]);
    const local = node.into.slice(0, 3).map((each) => `${each.partial} = ${each.local}`);
    if (local.length) where.textContent = `recorded on the way: ${local.join("; ")}`;
  } else if (edge) {
    const step = steps[at];
    write(
      numbers, ["= "], [factor(edge.to.gradient), "upstream"], [" · "],
      [factor(edge.number), "local"], [" = "], [short(edge.contribution), "contribution"], [": "],
      [`${short(step.before)} → ${short(step.after)}`, "target"],
    );
  } else {
    const given = nodes.filter((each) => !each.into.length).slice(0, 8);
    numbers.textContent = given.map((each) => `${each.name} = ${each.value}`).join(", ");
  }
}

function factor(number) {
  return number < 0 ? `(${short(number)})` : short(number);
}

function write(parent, ...pieces) {
  for (const [text, role] of pieces) role ? add(parent, "var", text, role) : parent.append(text);
}
