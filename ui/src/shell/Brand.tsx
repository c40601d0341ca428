export const Brand = () => (
  <span className="brand">
    <svg
      width="20"
      height="20"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M1.500 14h17M4 14c6 0 6-8 12-8h2.500" />
      <circle cx="4" cy="14" r="2" fill="var(--surface-canvas)" />
    </svg>
    Switchyard
  </span>
)
