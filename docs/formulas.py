r"""The mathematics of public names that are no ops, as LaTeX for the reference on the site.

What an op computes is read off its record. The docstrings have the same in characters that a
terminal shows.
"""

_PATHS = r"""\frac{\partial L}{\partial v}
= \sum_{\text{paths from } L \text{ to } v} \; \prod_{(c, p) \text{ on the path}}
\frac{\partial c}{\partial p}"""
_STEP = r"""\frac{\partial L}{\partial p} \mathrel{+}=
\frac{\partial L}{\partial c} \cdot \frac{\partial c}{\partial p}"""
_GRADIENT = r"""\nabla f(x) = \left( \frac{\partial f}{\partial x_1}, \ldots,
\frac{\partial f}{\partial x_n} \right)"""
_LAYERS = r"""\begin{gathered}
a_k = W_k h_{k-1} + b_k, \qquad h_k = g_k(a_k) \\
\nabla_{a_k} L = \nabla_{h_k} L \odot g_k'(a_k), \qquad
\nabla_{h_{k-1}} L = W_k^{\top} \nabla_{a_k} L \\
\nabla_{W_k} L = \nabla_{a_k} L \, h_{k-1}^{\top}, \qquad \nabla_{b_k} L = \nabla_{a_k} L
\end{gathered}"""

FORMULAS = {
    "autograd.Explanation": _PATHS,
    "autograd.GradientComparison": r"""\frac{\left| g - d \right|}{\max(|g|, |d|)}, \qquad
d \approx \frac{f(x + h e_i) - f(x - h e_i)}{2 h}""",
    "autograd.Path": r"\prod_{(c, p) \text{ on the path}} \frac{\partial c}{\partial p}",
    "autograd.Step": _STEP,
    "autograd.Tape": _STEP,
    "autograd.Value": _PATHS,
    "autograd.backward": r"""\frac{\partial L}{\partial p}
= \sum_{c \text{ computed from } p} \frac{\partial L}{\partial c} \cdot
\frac{\partial c}{\partial p}""",
    "autograd.check_derivation": _PATHS,
    "autograd.check_update": r"w \leftarrow w - \eta \, \frac{\partial L}{\partial w}",
    "autograd.compile": r"""\frac{1}{B} \sum_{i=1}^{B} L(x_i), \qquad
\nabla_{\theta} \, \frac{1}{B} \sum_{i=1}^{B} L(x_i)""",
    "autograd.count_paths": r"""N(L) = 1, \qquad
N(p) = \sum_{c \text{ computed from } p} N(c)""",
    "autograd.edges": r"\left( c, \; p, \; \frac{\partial c}{\partial p} \right)",
    "autograd.explain": _PATHS,
    "autograd.explanation": _PATHS,
    "autograd.grad": _GRADIENT,
    "autograd.gradcheck": r"""\frac{\partial f}{\partial x_i} \approx
\frac{f(x + h e_i) - f(x - h e_i)}{2 h}""",
    "autograd.gradients": _GRADIENT,
    "autograd.hessian": r"H_{ij} = \frac{\partial^2 f}{\partial x_i \, \partial x_j}",
    "autograd.jacobian": r"J_{ij} = \frac{\partial f_i}{\partial x_j}",
    "autograd.jvp": r"""\dot y = J \dot x, \qquad
\dot c = \sum_{p \text{ of } c} \frac{\partial c}{\partial p} \, \dot p""",
    "autograd.local_derivative_formula": r"\frac{\partial c}{\partial p}",
    "autograd.naive_backward": _STEP,
    "autograd.paths": _PATHS,
    "autograd.primitive": r"""y = f(x_1, \ldots, x_n), \qquad
\frac{\partial y}{\partial x_1}, \ldots, \frac{\partial y}{\partial x_n}""",
    "autograd.steps": _STEP,
    "autograd.value_and_grad": r"f(x), \qquad " + _GRADIENT,
    "autograd.vjp": r"v^{\top} J, \qquad J_{ij} = \frac{\partial f_i}{\partial x_j}",
    "nn.Adam": r"""\begin{gathered}
g \leftarrow g + \lambda p \\
m \leftarrow \beta_1 m + (1 - \beta_1) \, g, \qquad \hat m = \frac{m}{1 - \beta_1^t} \\
v \leftarrow \beta_2 v + (1 - \beta_2) \, g^2, \qquad \hat v = \frac{v}{1 - \beta_2^t} \\
p \leftarrow p - \eta \, \frac{\hat m}{\sqrt{\hat v} + \varepsilon}
\end{gathered}""",
    "nn.EpochRecord": r"""\text{gradient\_norms} = \sqrt{\frac{1}{\text{steps}}
\sum \lVert g \rVert^2}""",
    "nn.Layer": r"h = g(W x + b)",
    "nn.LayerMatrices": _LAYERS,
    "nn.MLP": r"""h_0 = x, \qquad h_k = g_k(W_k h_{k-1} + b_k), \qquad
\hat y = h_n""",
    "nn.Neuron": r"""\begin{gathered}
h = g(a), \qquad a = \sum_i w_i x_i + b \\
\frac{\partial h}{\partial w_i} = g'(a) \, x_i, \qquad
\frac{\partial h}{\partial x_i} = g'(a) \, w_i, \qquad
\frac{\partial h}{\partial b} = g'(a)
\end{gathered}""",
    "nn.SGD": r"""\begin{gathered}
g \leftarrow g + \lambda p \\ v \leftarrow \mu v + g \\ p \leftarrow p - \eta v
\end{gathered}""",
    "nn.VectorisedCheck": _LAYERS,
    "nn.accuracy": r"\frac{1}{n} \, \left| \{ i : \arg\max \hat y_i = y_i \} \right|",
    "nn.binary_cross_entropy": r"""L = -y \log \sigma(a) - (1 - y) \log(1 - \sigma(a)), \qquad
\frac{\partial L}{\partial a} = \sigma(a) - y""",
    "nn.check_vectorised": _LAYERS,
    "nn.clip_gradients": r"""g \leftarrow g \cdot \min\left(1,
\frac{\text{max\_norm}}{\lVert g \rVert} \right), \qquad \lVert g \rVert = \sqrt{\sum_i g_i^2}""",
    "nn.cosine_decay": r"""\eta(t) = \text{end} + \frac{\text{start} - \text{end}}{2}
\left( 1 + \cos \frac{\pi \, t}{\text{steps}} \right), \qquad t \le \text{steps}""",
    "nn.cross_entropy": r"""L = -\sum_j y_j \log \hat y_j, \qquad
\hat y = \operatorname{softmax}(a), \qquad \frac{\partial L}{\partial a_j} = \hat y_j - y_j
\text{ for } \sum_i y_i = 1""",
    "nn.evaluate": r"\frac{1}{n} \sum_{i=1}^{n} L(\hat y_i, y_i)",
    "nn.exponential_decay": r"\eta(t) = \text{start} \cdot \text{factor}^{\, t / \text{steps}}",
    "nn.glorot": r"""w \sim U\left( -\sqrt{\frac{6}{n + m}}, \; \sqrt{\frac{6}{n + m}} \right),
\qquad \operatorname{Var} w = \frac{2}{n + m}""",
    "nn.he": r"""w \sim U\left( -\sqrt{\frac{6}{n}}, \; \sqrt{\frac{6}{n}} \right),
\qquad \operatorname{Var} w = \frac{2}{n}""",
    "nn.linear_decay": r"""\eta(t) = \text{start} + (\text{end} - \text{start}) \,
\frac{t}{\text{steps}}, \qquad t \le \text{steps}""",
    "nn.max_margin": r"""L = \max(0, \; 1 - y s), \qquad \frac{\partial L}{\partial s} =
\begin{cases} -y & \text{if } y s < 1 \\ 0 & \text{otherwise} \end{cases}""",
    "nn.mean_squared_error": r"""L = \frac{1}{n} \sum_{i=1}^{n} (y_i - \hat y_i)^2, \qquad
\frac{\partial L}{\partial \hat y_i} = \frac{2}{n} (\hat y_i - y_i)""",
    "nn.squared_error": r"""L = \sum_i (y_i - \hat y_i)^2, \qquad
\frac{\partial L}{\partial \hat y_i} = 2 (\hat y_i - y_i)""",
    "nn.uniform": r"w \sim U(-1, 1), \qquad \operatorname{Var} w = \frac{1}{3}",
    "nn.vectorised": _LAYERS,
}
