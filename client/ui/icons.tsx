// The few pictures there are. All are decoration: what they mean is said in words beside them.

import type { ComponentChildren } from "preact";

function Icon({ children, size = 16 }: { readonly children: ComponentChildren; readonly size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const Check = () => (
  <Icon size={12}>
    <path d="M3 8.500l3.200 3L13 4.500" />
  </Icon>
);

export const Mark = () => (
  <Icon size={12}>
    <path d="M8 3v6M8 12.500v.1" />
  </Icon>
);

export const Cross = () => (
  <Icon size={14}>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
);

/** The shell of a small snail. */
export function Shell() {
  return (
    <svg
      class="shell"
      width="28"
      height="28"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d="M3.500 19.500C10.500 21.300 20 18 20 10.300a6.700 6.700 0 0 0-13-2.200A4.900 4.900 0 0 0 11.300 15a3.300 3.300 0 0 0 3.600-3.600 2 2 0 0 0-2.600-1.700" />
    </svg>
  );
}
