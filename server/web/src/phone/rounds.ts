// One round of sending for everybody on this phone: in the page by its store, in the service worker by Background Sync.
import { read, type Person } from './db';
import { syncText } from './sender';
import { dropHeld, syncPictures } from './uploads';

export const peopleHere = async (): Promise<Person[]> =>
  (await read((tx) => tx.all('people'))).filter(({ revoked }) => !revoked);

/// Text of everybody first, then pictures. Throws where the server could not be reached.
export async function sendAll(): Promise<void> {
  const people = await peopleHere();
  for (const person of people) await syncText(person);
  for (const person of people) {
    await syncPictures(person);
    await dropHeld(person);
  }
}
