// The epochs of a training: each moves all leaves at once.

function goToEpoch(i) {
  epochs.places.forEach((place, k) => moved.set(place, epochs.numbers[i][k]));
  recompute();
  showMover();
  const at = epochs.losses[i] === null ? "before the training"
    : `of ${epochs.epochs.at(-1)}: training loss ${short(epochs.losses[i])}`;
  const text = `${epochs.epochs[i]} ${at}`;
  byId("epoch-text").textContent = text;
  byId("epoch").setAttribute("aria-valuetext", `epoch ${text}`);
  const x = (100 * i) / Math.max(1, epochs.epochs.length - 1);
  const line = byId("curve").querySelector("line");
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
}

// What the chosen node, or else the loss, is over the plane of two inputs: blue where it is positive,
// orange where it is negative, so that between them is where it is 0.

const GRID = 40;  // places along each side

function range(column) {
  const given = epochs.examples.map((example) => example[column]);
  const values = given.length ? given : [-1, 1].map((d) => program[epochs.inputs[column]] + d);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.25 * (high - low) || 1;
  return [low - room, high + room];
}

function showPlane() {
  if (!epochs?.inputs.length) return;
  const node = chosen ?? loss;
  const [x, y] = epochs.inputs.map((place) => nodes.find((each) => each.place === place));
  byId("plane-title").textContent = `${node.name} over ${x.name} → and ${y.name} ↑`;
  const canvas = document.querySelector("#plane canvas");
  const context = canvas.getContext("2d");
  const [across, up] = [range(0), range(1)];
  const leaves = new Map(moved);
  const part = program.slice(0, node.place + 1);
  const at = ([low, high], i) => low + ((i + 0.5) / GRID) * (high - low);
  const values = [];
  for (let j = 0; j < GRID; j++) {
    for (let i = 0; i < GRID; i++) {
      leaves.set(x.place, at(across, i)).set(y.place, at(up, j));
      values.push(forward(rules, part, leaves)[node.place]);
    }
  }
  const size = Math.max(...values.map(Math.abs).filter(Number.isFinite)) || 1;
  const [width, height] = [canvas.width / GRID, canvas.height / GRID];
  context.clearRect(0, 0, canvas.width, canvas.height);
  values.forEach((value, k) => {
    const strength = Math.min(1, 0.25 + 0.75 * Math.abs(value) / size);
    context.fillStyle = `rgb(${value > 0 ? "0 114 178" : "213 94 0"} / ${strength})`;
    const [i, j] = [k % GRID, Math.floor(k / GRID)];
    if (value) context.fillRect(i * width, canvas.height - (j + 1) * height, width, height);
  });
  const now = (place) => moved.get(place) ?? program[place];
  const point = ([px, py], draw) => {
    const place = ([low, high], p) => (p - low) / (high - low);
    context.beginPath();
    draw(place(across, px) * canvas.width, (1 - place(up, py)) * canvas.height);
    context.fillStyle = "white";
    context.strokeStyle = "black";
    context.fill();
    context.stroke();
  };
  for (const [px, py, target] of epochs.examples) {  // a disc for yes, a square for no
    point([px, py], (cx, cy) =>
      target > 0 ? context.arc(cx, cy, 5, 0, 7) : context.rect(cx - 4, cy - 4, 8, 8));
  }
  point(epochs.inputs.map(now), (cx, cy) => context.rect(cx - 1, cy - 7, 2, 14));
}

function showTraining() {
  const end = epochs.epochs.length - 1;
  const largest = Math.max(...epochs.losses) || 1;
  const points = epochs.losses.flatMap((loss, i) =>
    loss === null ? [] : [`${(100 * i) / Math.max(1, end)},${19 - (18 * loss) / largest}`]);
  byId("curve").querySelector("polyline").setAttribute("points", points.join(" "));
  byId("epoch").max = end;
  byId("epoch").value = end;
  byId("epoch").addEventListener("input", () => goToEpoch(Number(byId("epoch").value)));
  byId("training").hidden = false;
  byId("plane").hidden = !epochs.inputs.length;
  goToEpoch(end);
}
