package session

import (
	"context"
	"errors"
	"io/fs"
	"slices"
)

// errNoFolders is returned where the engine was not told where to make folders.
var errNoFolders = errors.New("there are no private folders for sessions here; Config.Folders says where to make them")

// Folder returns the absolute path of the session's private folder, with mode 0700,
// and makes it when it is first asked for. It is kept with the session at the next
// Save, and a session that has one is stored even if its data is empty. It survives
// rotations. It goes away with the session, at the latest when that is
// swept; at a Reset; and if the session is closed without having been saved with
// it. While the session is open nobody removes it.
//
// If the session is read-only and has none, the error wraps [io/fs.ErrNotExist].
func (s *Session) Folder(ctx context.Context) (dir string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return "", s.wrap(s.ended)
	}
	if s.engine.folders == nil {
		return "", s.wrap(errNoFolders)
	}
	if p := s.held(s.cur.meta.Folder); p != nil {
		return p.path(), nil
	}
	if s.readOnly {
		return "", s.wrap(fs.ErrNotExist)
	}
	p, err := s.engine.folders.create(ctx, NewKey(s.name, s.kept.id))
	if err != nil {
		return "", s.wrap(err)
	}
	s.folders = append(s.folders, p)
	s.cur.meta.Folder = p.name
	return p.path(), nil
}

// held returns the private folder of that name if the session holds it.
func (s *Session) held(name string) *folder {
	i := slices.IndexFunc(s.folders, func(p *folder) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return s.folders[i]
}

// holdFolder takes hold of the private folder of a session that is loaded. One that
// is not there any more, or is of no use, is forgotten.
func (s *Session) holdFolder(ctx context.Context) error {
	name := s.cur.meta.Folder
	if name == "" || s.engine.folders == nil {
		return nil
	}
	p, err := s.engine.folders.claim(ctx, name, NewKey(s.name, s.cur.id))
	switch {
	case err == nil:
		s.folders = append(s.folders, p)
		return nil
	case ctx.Err() != nil:
		return err
	case !errors.Is(err, fs.ErrNotExist):
		s.engine.cfg.Log("session %s: %v; it is left behind", s.name, err)
	}
	s.cur.meta.Folder = ""
	return nil
}

// passFolder makes the session at the key to an owner of the private folder.
func (s *Session) passFolder(name string, from, to Key) error {
	if p := s.held(name); p != nil {
		return p.pass(from, to)
	}
	return nil
}

// settleFolders removes the private folders that are held and that the session in the
// store does not name. If the session has ended, it gives up the others.
func (s *Session) settleFolders(ctx context.Context) {
	s.folders = slices.DeleteFunc(s.folders, func(p *folder) bool {
		ours := p.name == s.kept.meta.Folder
		if ours && s.ended == nil {
			return false
		}
		if !ours {
			if err := p.remove(ctx); err != nil {
				s.engine.cfg.Log("session %s: %v; the sweep will try again", s.name, err)
			}
		}
		p.release()
		return true
	})
}
