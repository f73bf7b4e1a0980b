'use client';
import { type Role, roles } from '@reeve/core/vocabulary';
import { Select } from '@/ui/field';

export const roleWords: Record<Role, string> = {
  viewer: 'looks',
  operator: 'also works and stops',
  approver: 'also decides on changes',
  owner: 'also decides who else',
};

export function RoleSelect({
  value,
  onChange,
  label,
  disabled,
}: {
  value: Role;
  onChange(role: Role): void;
  label?: string;
  disabled?: boolean;
}) {
  return (
    <Select aria-label={label} value={value} disabled={disabled} onChange={(e) => onChange(e.target.value as Role)}>
      {roles.map((r) => (
        <option key={r} value={r}>
          {r}
        </option>
      ))}
    </Select>
  );
}
