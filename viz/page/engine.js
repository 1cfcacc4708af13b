// What the rules of ops need and JavaScript lacks; as exact as the engine's own, to rounding.

const engine = (() => {
  const copysign = (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a));

  // JavaScript has no result for 1 ** NaN and 1 ** Infinity, where IEEE 754 has 1.
  const power = (base, exponent) => (base === 1 ? 1 : base ** exponent);

  // To the nearest integer, and of two that are equally near to the even one.
  function round(x) {
    if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
    const below = Math.floor(x);
    const rest = x - below;
    const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
    return copysign(below + (up ? 1 : 0), x);
  }

  // a - n·b for the n nearest to a/b; exact, as a % b is.
  function remainder(a, b) {
    if (Number.isFinite(a) && !Number.isFinite(b)) return Number.isNaN(b) ? b : a;
    const size = Math.abs(b);
    let rest = Math.abs(a) % size;
    const isOdd = Math.abs(a) % (2 * size) >= size;
    if (rest * 2 > size || (rest * 2 === size && isOdd)) rest -= size;
    return copysign(1, a) * rest;
  }

  // The error function, by its series near 0 and by a continued fraction further out.
  function erfc(x) {
    if (x < 2) return 1 - erf(x);
    if (x > 27) return 0;
    let fraction = x;
    for (let k = 120; k > 0; k--) fraction = x + k / 2 / fraction;
    return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
  }

  function erf(x) {
    if (Math.abs(x) >= 2) return copysign(1 - erfc(Math.abs(x)), x);
    let term = x;
    let total = x;
    for (let k = 1; k < 60; k++) {
      term *= (2 * x * x) / (2 * k + 1);
      total += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
  }

  // B(2k) / (2k)!, k = 1 … 14, of the asymptotic series of log Γ and its derivatives.
  const BERNOULLI = [
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000,
    1 / 74724249600, -3617 / 10670622842880000, 43867 / 5109094217170944000,
    -174611 / 802857662698291200000, 77683 / 14101100039391805440000,
    -236364091 / 1693824136731743669452800000, 657931 / 186134520519971831808000000,
    -3392780147 / 37893265687455865519472640000000,
  ];

  function factorial(n) {
    let product = 1;
    for (let k = 2; k <= n; k++) product *= k;
    return product;
  }

  // Γ(x) for |x| that are not large: Stirling's series where it converges, and Γ(x + 1) = x Γ(x).
  function lgamma(x) {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? x : Infinity;
    if (x <= 0 && x === Math.floor(x)) return Infinity;
    if (x < 0.5) return Math.log(Math.PI / Math.abs(sinOfPi(x))) - lgamma(1 - x);
    if (x < 20) return Math.log(Math.abs(gamma(x)));
    return stirling(x);
  }

  function stirling(x) {
    let series = (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2;
    BERNOULLI.forEach((b, k) => (series += b * factorial(2 * k) * x ** -(2 * k + 1)));
    return series;
  }

  function sinOfPi(x) {
    return Math.sin(Math.PI * remainder(x, 2));
  }

  function gamma(x) {
    if (x === 0) return copysign(Infinity, x);
    if (x === -Infinity || (x < 0 && x === Math.floor(x))) return NaN;
    if (x < 0.5) return Math.PI / (sinOfPi(x) * gamma(1 - x));
    if (x > 171.7) return Infinity;
    let product = 1;
    let shifted = x;
    for (; shifted < 20; shifted++) product *= shifted;
    // In two halves, as Γ is finite where the power alone is not.
    let series = 0;
    BERNOULLI.forEach((b, k) => (series += b * factorial(2 * k) * shifted ** -(2 * k + 1)));
    const half = shifted ** ((shifted - 0.5) / 2);
    return (half * Math.exp(series - shifted) * half * Math.sqrt(2 * Math.PI)) / product;
  }

  // The derivatives of log Γ, as autograd.polygammas has them.
  function polygamma(order, x) {
    if (Number.isNaN(x) || x === -Infinity) return NaN;
    if (x === Infinity) return order === 0 ? Infinity : 0;
    if (x <= 0 && x === Math.floor(x)) return order % 2 ? Infinity : NaN;
    if (x < 0) {
      const reflected = polygamma(order, 1 - x);
      return (order % 2 ? -reflected : reflected) - cotangentDerivative(order, x);
    }
    const alternating = order % 2 ? 1 : -1;
    let total = 0;
    for (; x < 20 + order; x++) total += alternating * factorial(order) * x ** -(order + 1);
    let series = order === 0
      ? -(Math.log(x) - 0.5 / x)
      : factorial(order - 1) * x ** -order + 0.5 * factorial(order) * x ** -(order + 1);
    BERNOULLI.forEach((b, i) => {
      const k = i + 1;
      series += b * factorial(2 * k + order - 1) * x ** -(2 * k + order);
    });
    return total + alternating * series;
  }

  function cotangentDerivative(order, x) {
    let coefficients = [0, 1];
    for (let n = 0; n < order; n++) {
      const derivative = coefficients.map((c, k) => k * c).slice(1);
      coefficients = Array(derivative.length + 2).fill(0);
      derivative.forEach((c, k) => {
        coefficients[k] -= c;
        coefficients[k + 2] -= c;
      });
    }
    const angle = Math.PI * remainder(x, 1);
    const cotangent = Math.cos(angle) / Math.sin(angle);
    return coefficients.reduceRight((sum, c) => sum * cotangent + c, 0) * Math.PI ** (order + 1);
  }

  return { copysign, power, round, remainder, erf, erfc, gamma, lgamma, polygamma };
})();

// A graph is a list of nodes: each is a number, or [rule, parents…]; the last is the loss.

// The values alone.
function forward(rules, program, leaves, locals = []) {
  const values = [];
  program.forEach((node, i) => {
    if (!Array.isArray(node)) {
      values.push(leaves.get(i) ?? node);
      return;
    }
    const [value, slopes] = rules[node[0]](...node.slice(1).map((parent) => values[parent]));
    values.push(value);
    locals[i] = slopes;
  });
  return values;
}

function computeAll(rules, program, leaves) {
  const locals = [];
  const values = forward(rules, program, leaves, locals);
  const gradients = program.map(() => 0);
  gradients[gradients.length - 1] = 1;
  for (let i = program.length - 1; i >= 0; i--) {
    if (!Array.isArray(program[i])) continue;
    program[i].slice(1).forEach((parent, k) => (gradients[parent] += gradients[i] * locals[i][k]));
  }
  return { values, locals, gradients };
}

// A number with four significant digits, as Python's format "{:.4g}" writes it.
function short(number) {
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  if (number === 0) return "0";
  let [mantissa, exponent] = number.toExponential(3).split("e");
  const exact = number.toExponential(40).split("e")[0].replace(/^-?/, "").replace(".", "");
  if (/^.{4}50*$/.test(exact) && Number(exact[3]) % 2 === 0) {  // of two, the even digit
    mantissa = number.toExponential(40).slice(0, number < 0 ? 6 : 5);
  }
  exponent = Number(exponent);
  if (exponent < -4 || exponent >= 4) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${trimmed(mantissa)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const [sign, digits] = [number < 0 ? "-" : "", mantissa.replace(/[-.]/g, "")];
  if (exponent < 0) return sign + trimmed(`0.${"0".repeat(-exponent - 1)}${digits}`);
  return sign + trimmed(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
}
