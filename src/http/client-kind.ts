/** What kind of client asks: decides the form of a no (never whether it is one). */
export type ClientKind =
  | 'document'
  | 'document_post'
  | 'frame'
  | 'script'
  | 'subresource'
  | 'websocket'
  | 'preflight'
  | 'api'
  | 'grpc';
