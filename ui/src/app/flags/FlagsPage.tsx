import { EmptyState } from '@/ui/Feedback'

export default function FlagsPage() {
  return (
    <div className="page">
      <EmptyState title="Flags" />
    </div>
  )
}
