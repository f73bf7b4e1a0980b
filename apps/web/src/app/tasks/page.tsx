import type { Metadata } from 'next';
import { TaskBoard } from '@/features/tasks';

export const metadata: Metadata = { title: 'Tasks' };
export default function Page() {
  return <TaskBoard />;
}
