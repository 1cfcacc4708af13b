"""What the commands of LaTeX say in a formula: signs, accents, styles, letters and functions."""

from __future__ import annotations

COMMANDS = {
    **dict.fromkeys(("cdot", "times", "ast"), "*"),
    **dict.fromkeys(("odot", "circ"), "⊙"),
    **dict.fromkeys(("le", "leq", "leqslant"), "<="),
    **dict.fromkeys(("ge", "geq", "geqslant"), ">="),
    **dict.fromkeys(("lvert", "rvert", "vert", "mid"), "|"),
    **dict.fromkeys(("top", "intercal"), "ᵀ"),
    **dict.fromkeys(("leftarrow", "gets", "approx", "coloneqq"), "="),
    "otimes": "⊗", "div": "/", "lt": "<", "gt": ">", "sqrt": "√",
    "lbrack": "[", "rbrack": "]", "lbrace": "{", "rbrace": "}", "lparen": "(", "rparen": ")",
}  # fmt: skip
ACCENTS = {
    **dict.fromkeys(("hat", "widehat"), "\u0302"),
    **dict.fromkeys(("tilde", "widetilde"), "\u0303"),
    **dict.fromkeys(("bar", "overline"), "\u0304"),
    "dot": "\u0307",
}  # fmt: skip
STYLES = (
    "mathrm", "mathbf", "mathit", "mathsf", "mathcal", "mathscr", "mathbb", "operatorname", "text",
    "textbf", "textit", "textrm", "boldsymbol", "bm", "vec",
)  # fmt: skip
LETTERS_BY_COMMAND = {
    "varepsilon": "ε", "vartheta": "ϑ", "varphi": "φ", "varsigma": "ς", "varrho": "ϱ", "ell": "ℓ",
    "sum": "Σ", "lambda": "λ", "Lambda": "Λ",
}  # fmt: skip
FUNCTION_COMMANDS = ("sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth",
                      "arcsin", "arccos", "arctan", "exp", "log", "ln", "max", "min")  # fmt: skip
