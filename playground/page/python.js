// The Python of the page: a worker that answers one question after the other, and can be stopped.

export class Python {
  // `tell` is called with what Python says while it runs: { kind: "text" | "html" | … }.
  constructor(tell) {
    this.tell = tell;
    this.waiting = new Map();
    this.asked = 0;
    this.start();
  }

  start() {
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => this.hear({ kind: "broken", text: event.message });
  }

  hear(message) {
    if (message.kind === "answer") {
      this.waiting.get(message.id)?.resolve(message.answer);
      this.waiting.delete(message.id);
      return;
    }
    if (message.kind === "broken") this.restart("Python has ended, and is loaded anew");
    this.tell(message);
  }

  // Ask a question, and return a promise of the answer.
  ask(question) {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, question });
    });
  }

  // End whatever runs, and begin again without its names.
  restart(reason) {
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(new Stopped(reason));
    this.waiting.clear();
    this.start();
  }
}

export class Stopped extends Error {}
