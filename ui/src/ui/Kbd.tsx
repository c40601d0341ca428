export const Kbd = ({ children }: { children: string }) => <kbd>{children}</kbd>
