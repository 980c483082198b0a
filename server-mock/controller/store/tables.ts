/**
 * The controller's tables, in types that SQLite and PostgreSQL share: times are ISO 8601 in UTC as text, flags are
 * absent times, documents are JSON as text.
 */
export interface Tables {
  policy_document: PolicyDocumentTable;
  policy_change: PolicyChangeTable;
  cluster: ClusterTable;
  agent: AgentTable;
  join_token: JoinTokenTable;
  person: PersonTable;
  device: DeviceTable;
  session: SessionTable;
  audit_event: AuditEventTable;
  revocation: RevocationTable;
}

export interface PolicyDocumentTable {
  kind: string;
  name: string;
  version: number;
  document: string;
  updated_at: string;
  updated_by: string;
}

/** Who changed what: every version that ever was, with deletions. */
export interface PolicyChangeTable {
  /** UUIDv7, so that ids sort by time. */
  id: string;
  kind: string;
  name: string;
  version: number;
  change: 'created' | 'updated' | 'deleted';
  document: string | null;
  changed_at: string;
  changed_by: string;
}

/** What was last known of a registered cluster; the registration itself is its policy document. */
export interface ClusterTable {
  name: string;
  status: string;
  seen_at: string;
}

export interface AgentTable {
  id: string;
  cluster: string;
  key_thumbprint: string;
  joined_at: string;
  certificate_expires_at: string;
  removed_at: string | null;
}

export interface JoinTokenTable {
  hash: string;
  cluster: string;
  created_at: string;
  created_by: string;
  expires_at: string;
  used_at: string | null;
}

export interface PersonTable {
  name: string;
  issuer: string;
  subject: string;
  display_name: string;
  groups: string;
  /** `iat` of the ID token that the groups come from. */
  groups_as_of: string;
}

export interface DeviceTable {
  id: string;
  person: string;
  subject: string;
  name: string;
  key_thumbprint: string;
  created_at: string;
  certified_at: string;
  certificate_expires_at: string;
  /** `iat` of the last ID token: an older one is refused. */
  id_token_issued_at: string;
  signed_out_at: string | null;
}

export interface SessionTable {
  id: string;
  person: string;
  device_id: string;
  device_name: string;
  source_address: string;
  cluster: string;
  role: string;
  grant_name: string;
  reason: string | null;
  started_at: string;
  last_active_at: string;
  ended_at: string | null;
  end_reason: string | null;
  expires_at: string | null;
  request_count: number;
  denied_count: number;
  bytes_in: number;
  bytes_out: number;
}

export interface AuditEventTable {
  /** The controller's own: an audit id comes from the device, and one given twice must not overwrite what is there. */
  id: string;
  audit_id: string;
  session_id: string | null;
  started_at: string;
  completed_at: string | null;
  person: string;
  cluster: string;
  decision: string;
  /** The whole event. */
  event: string;
}

export interface RevocationTable {
  kind: string;
  name: string;
  created_at: string;
  created_by: string;
}
