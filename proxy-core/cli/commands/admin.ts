import { Command } from 'commander';
import type { CommandLine } from '../command-line.ts';
import { applyCommand } from './admin/apply.ts';
import { auditCommand } from './admin/audit.ts';
import { adminClustersCommand } from './admin/clusters.ts';
import { deleteCommand } from './admin/delete.ts';
import { getCommand } from './admin/get.ts';
import { restoreCommand, revokeCommand } from './admin/revoke.ts';
import { adminSessionsCommand } from './admin/sessions.ts';

export function adminCommand(line: CommandLine): Command {
  const admin = new Command('admin')
    .enablePositionalOptions()
    .description('for administrators: policy, clusters, revocation, everybody’s sessions')
    .addHelpText(
      'after',
      `
Asks the controller as whoever is signed in to the running Postern.

Examples:
  $ postern admin apply -f grants.yaml
  $ postern admin clusters import staging --label env=staging | kubectl apply -f -
  $ postern admin revoke user bob@acme.example
`,
    );
  const commands = [
    applyCommand,
    getCommand,
    deleteCommand,
    adminClustersCommand,
    revokeCommand,
    restoreCommand,
    adminSessionsCommand,
    auditCommand,
  ];
  for (const make of commands) admin.addCommand(make(line));
  return admin;
}
