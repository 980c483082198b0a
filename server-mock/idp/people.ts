/** Someone who can sign in at the development IdP. */
export interface Person {
  username: string;
  password: string;
  displayName: string;
  groups: string[];
}

/** The sample organisation. The password is no secret: this IdP listens on loopback and exists for trying things out. */
export const samplePeople: Person[] = [
  {
    username: 'alice@acme.example',
    password: 'postern',
    displayName: 'Alice Ahmadi',
    groups: ['platform-admins', 'developers'],
  },
  { username: 'bob@acme.example', password: 'postern', displayName: 'Bob Brandt', groups: ['developers'] },
  { username: 'carol@acme.example', password: 'postern', displayName: 'Carol Castillo', groups: ['support'] },
  { username: 'dave@acme.example', password: 'postern', displayName: 'Dave Dlamini', groups: [] },
];
