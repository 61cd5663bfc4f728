/** For a machine of two cores that also runs the server itself, and for bulk loads without a checkpoint every few seconds. */
const always = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'timezone=UTC',
  'log_timezone=UTC',
  'max_connections=100',
  'shared_buffers=256MB',
  'effective_cache_size=4GB',
  'work_mem=16MB',
  'maintenance_work_mem=128MB',
  'random_page_cost=1.1',
  'max_wal_size=2GB',
  'min_wal_size=256MB',
  'checkpoint_timeout=15min',
  'wal_compression=on',
  'jit=off',
  'password_encryption=scram-sha-256',
];

/** Statements and the values in them belong to people: the log names what failed, not what was in it. */
const quietLog = [
  'logging_collector=off',
  'log_destination=stderr',
  'log_checkpoints=off',
  'log_statement=none',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
];

/** A test database may be lost with the power; never use this for data that is worth something. */
const lossy = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** On the command line rather than in the cluster's file, so that a newer version of ours also reaches an older cluster. */
export function serverArguments(
  cluster: string,
  port: number,
  durable: boolean,
  settings: readonly string[],
): string[] {
  const all = [...always, ...quietLog, ...(durable ? [] : lossy), ...settings];
  return ['-D', cluster, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])];
}
