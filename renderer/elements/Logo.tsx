/** The mark: a small gate in a wall. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden focusable="false">
      <rect width="32" height="32" rx="7" fill="#3f57d8" />
      <path d="M9 25V14a7 7 0 0 1 14 0v11" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <path d="M14.5 25v-9.5a1.5 1.5 0 0 1 3 0V25" fill="#fff" />
      <path d="M6 25.4h20" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}
