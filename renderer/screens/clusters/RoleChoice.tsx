import { Menu, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import type { OfferedCluster, OfferedRole } from '../../../proxy-core/contract/app.ts';
import { approximateDuration } from '../../format/relative-time.ts';
import { useStores } from '../../stores/stores.ts';
import classes from './clusters.module.css';

interface RoleChoiceProps {
  cluster: OfferedCluster;
  role: OfferedRole;
}

/** Which of the held roles Connect and Terminal use; the words alone where there is only one. */
export function RoleChoice({ cluster, role }: RoleChoiceProps) {
  const { connections } = useStores();
  if (cluster.roles.length === 1) {
    return (
      <Tooltip label={conditions(role)}>
        <Text span tabIndex={0} className={classes.onlyRole}>
          as <strong>{role.role}</strong>
        </Text>
      </Tooltip>
    );
  }
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <UnstyledButton className={classes.role} aria-label={`Role on ${cluster.name}: ${role.role}`}>
          as <strong>{role.role}</strong>
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Role on {cluster.name}</Menu.Label>
        <Menu.RadioGroup
          value={role.role}
          onChange={(chosen) =>
            connections.setState(({ chosenRole }) => ({ chosenRole: { ...chosenRole, [cluster.name]: chosen } }))
          }
        >
          {cluster.roles.map((held) => (
            <Menu.RadioItem key={held.role} value={held.role} closeMenuOnClick>
              <div className={classes.roleName}>{held.role}</div>
              <div className={classes.roleConditions}>{conditions(held)}</div>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}

/** What comes with the role, in one line. */
function conditions(role: OfferedRole): string {
  const parts = [`grant ${role.grant}`];
  if (role.isDefault) parts.push('default');
  if (role.namespaces) parts.push(`namespaces ${role.namespaces.join(', ')}`);
  if (role.requireReason) parts.push('asks for a reason');
  if (role.idleTimeoutMs !== null) parts.push(`ends after ${approximateDuration(role.idleTimeoutMs)} idle`);
  if (role.maxDurationMs !== null) parts.push(`at most ${approximateDuration(role.maxDurationMs)}`);
  if (role.record === 'required') parts.push('shells are recorded');
  return parts.join(', ');
}
