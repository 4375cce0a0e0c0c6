// The one step that keeps synchronous work synchronous: a cipher that has its bytes at once must not cost a microtask.

import { isPromise, type Maybe } from "../bytes/stream.ts";

/** `next` applied to a value now if it is there now, else once it is. */
export function andThen<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** `join` of two values that were started together. */
export function both<A, B, R>(a: Maybe<A>, b: Maybe<B>, join: (a: A, b: B) => R): Maybe<R> {
  return isPromise(a) || isPromise(b) ? Promise.all([a, b]).then(([a, b]) => join(a, b)) : join(a, b);
}
