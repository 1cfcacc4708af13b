// The editor: CodeMirror with Python, Ctrl+Enter to run, and a mark on the line of an error.

import { indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";

const setWrongLine = StateEffect.define();
const wrongLine = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setWrongLine)) return marksOn(transaction.state, effect.value);
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function marksOn(state, line) {
  if (line === null || line > state.doc.lines) return Decoration.none;
  const mark = Decoration.line({ class: "wrong-line" });
  return Decoration.set([mark.range(state.doc.line(line).from)]);
}

// The colours are the page's own, for light and for dark.
const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--keyword)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--number)" },
  { tag: tags.string, color: "var(--string)" },
  { tag: tags.comment, color: "var(--comment)" },
]);

export class Editor {
  constructor(parent, { run, changed }) {
    this.view = new EditorView({
      parent,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }])),
        keymap.of([indentWithTab]),
        basicSetup,
        syntaxHighlighting(colours),
        python(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        wrongLine,
        EditorView.updateListener.of((update) => update.docChanged && changed()),
        EditorView.contentAttributes.of({ "aria-label": "Python code; Escape, then Tab leaves it" }),
      ],
    });
  }

  get code() {
    return this.view.state.doc.toString();
  }

  set code(text) {
    const { state } = this.view;
    this.view.dispatch({ changes: { from: 0, to: state.doc.length, insert: text } });
  }

  // Mark the line of an error, or none.
  mark(line) {
    this.view.dispatch({ effects: setWrongLine.of(line ?? null) });
  }
}
