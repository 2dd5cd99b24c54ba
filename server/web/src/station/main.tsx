import { mount } from '../shared/mount';
import { StaffPage } from '../shared/staff';
import { dropDrafts, dropOldDrafts } from './drafts';
import { Desk } from './desk';
import '../shared/desk.css';
import './station.css';

dropOldDrafts();
void mount(
  <StaffPage title="station.title" roles={['station']} onLogOut={(me) => dropDrafts(me.id)}>
    {({ api, me }) => <Desk api={api} me={me} />}
  </StaffPage>,
);
