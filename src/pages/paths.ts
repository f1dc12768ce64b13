/** The portal's path at the sign-in host. */
export const portalPath = '/';

/** The device page's path at the sign-in host. */
export const devicePath = '/.postern/device';

/** Where the sign-out form of the portal posts to, at the sign-in host. */
export const signOutPath = '/.postern/sign-out';

/** The name of the form field that carries `signOutToken`. */
export const signOutTokenField = 'token';
