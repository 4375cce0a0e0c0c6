/** RFC 4254 6.2: characters first, pixels for programs that draw. Zero is legal and means unknown. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
  readonly widthPixels: number;
  readonly heightPixels: number;
}
