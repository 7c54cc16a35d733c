// The sessions: a JSON Web Token in a cookie, as next-auth has them without a database.

export const authOptions = {
  providers: [],
  session: { strategy: 'jwt' },
  secret: process.env.NEXTAUTH_SECRET,
};
