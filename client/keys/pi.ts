// The digits of pi, of which Blowfish takes its first state. Computing them costs about 12 ms once, and nothing when no
// encrypted key is opened; as constants they would be 4 KB that nobody can check by reading.

/** The first `bits` binary digits of pi after the point, as one number. */
export function piFraction(bits: number): bigint {
  // 64 digits more than asked for: each arctangent is cut off once, below the last digit that is handed out.
  const precision = bits + 64;
  // Machin: pi/4 = 4 arctan(1/5) - arctan(1/239)
  const pi = 4n * (4n * arctanOfInverse(5, precision) - arctanOfInverse(239, precision));
  return (pi >> 64n) & ((1n << BigInt(bits)) - 1n);
}

/** arctan(1/x) times 2^precision: the sum of (-1)^k / ((2k+1) x^(2k+1)). */
function arctanOfInverse(x: number, precision: number): bigint {
  const terms = Math.ceil(precision / (2 * Math.log2(x))) + 1;
  const sum = sumOfTerms(BigInt(x * x), 0, terms);
  return ((sum.numerator << BigInt(precision)) * BigInt(x)) / (sum.odds * sum.power);
}

interface PartialSum {
  readonly numerator: bigint;
  /** The product of the odd numbers 2k+1. */
  readonly odds: bigint;
  /** x to twice the count of terms. */
  readonly power: bigint;
}

/** Terms `from` to `to` over one denominator. Halving makes few large products of many small divisions: a third of the time. */
function sumOfTerms(square: bigint, from: number, to: number): PartialSum {
  if (to - from === 1) return { numerator: 1n, odds: BigInt(2 * from + 1), power: square };
  const middle = (from + to) >> 1;
  const left = sumOfTerms(square, from, middle);
  const right = sumOfTerms(square, middle, to);
  const rest = left.odds * right.numerator;
  return {
    numerator: left.numerator * right.odds * right.power + ((middle - from) % 2 === 0 ? rest : -rest),
    odds: left.odds * right.odds,
    power: left.power * right.power,
  };
}
