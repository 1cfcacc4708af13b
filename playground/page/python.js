// The Python of the page: a worker that answers one question after the other, and can be stopped.

export class Python {
  // `tell` is called with what Python says while it runs: { kind: "text" | "html" | … }; `changed`
  // when it becomes busy, or idle.
  constructor(tell, changed) {
    this.tell = tell;
    this.changed = changed;
    this.waiting = new Map();
    this.asked = 0;
    this.start();
  }

  start() {
    this.hasStarted = false;
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => this.hear({ kind: "broken", text: event.message });
  }

  hear(message) {
    if (message.kind === "answer") {
      this.waiting.get(message.id)?.resolve(message.answer);
      this.waiting.delete(message.id);
      this.changed();
      return;
    }
    if (message.kind === "ready") this.hasStarted = true;
    if (message.kind !== "broken") this.tell(message);
    else if (!this.hasStarted) this.tell({ kind: "failed", text: message.text });  // again it would
    else {
      this.restart();
      this.tell(message);
    }
  }

  // Ask a question, and return a promise of the answer.
  ask(question) {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, question });
      this.changed();
    });
  }

  get isBusy() {
    return this.waiting.size > 0;
  }

  // End whatever runs, and begin again without its names.
  restart() {
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(new Stopped());
    this.waiting.clear();
    this.changed();
    this.start();
  }
}

export class Stopped extends Error {}
