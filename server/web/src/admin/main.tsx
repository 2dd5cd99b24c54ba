import { mount } from '../shared/mount';
import { StaffPage } from '../shared/staff';
import '../shared/desk.css';
import './admin.css';
import { Confirming } from './confirming';
import { Setup } from './setup';

void mount(
  <StaffPage title="admin.title" roles={['admin', 'supervisor']}>
    {({ api, me }) => (me.role === 'supervisor' ? <Confirming api={api} /> : <Setup api={api} me={me} />)}
  </StaffPage>,
);
