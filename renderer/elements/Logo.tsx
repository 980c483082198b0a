/** The mark: a small gate in a wall. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden focusable="false">
      <rect width="32" height="32" rx="7" fill="#3f57d8" />
      <path d="M6 8h4v3h4V8h4v3h4V8h4v17h-7v-5a3 3 0 0 0-6 0v5H6z" fill="#fff" />
    </svg>
  );
}
