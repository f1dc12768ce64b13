/** Where things lie in the folder of a first configuration; paths in the file begin there. */
export const places = {
  configuration: 'postern.yaml',
  schema: 'postern.schema.json',
  secrets: 'secrets',
  adminToken: 'secrets/admin_token',
  stateKey: 'secrets/state_key',
  clientSecret: 'secrets/client_secret',
  certificates: 'certs',
  certificate: 'certs/server.crt',
  key: 'certs/server.key',
  authority: 'certs/development-ca.crt',
  data: 'data',
} as const;
