import { EmptyState } from '@/ui/Feedback'

export default function FlagPage() {
  return (
    <div className="page">
      <EmptyState title="Flag" />
    </div>
  )
}
