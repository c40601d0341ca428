import { EmptyState } from '@/ui/Feedback'

export default function HomePage() {
  return (
    <div className="page">
      <EmptyState title="Home" />
    </div>
  )
}
