package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// seen is the newest tree of a log that a witness has cosigned.
type seen struct {
	Size int64       `json:"size"`
	Root merkle.Hash `json:"root"`
}

// empty is what a witness has seen of a log that is new to it.
func empty() seen { return seen{Root: merkle.Edge{}.Root()} }

// state keeps what was seen of each log, by origin, in one file. A witness that
// loses the file would cosign a fork, so it is written before an answer is given.
type state struct {
	file string
	logs map[string]seen
}

// openState reads the file; a missing one is a new witness.
func openState(file string) (*state, error) {
	s := &state{file: file, logs: map[string]seen{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read witness state: %w", err)
	}
	if err := json.Unmarshal(text, &s.logs); err != nil {
		return nil, fmt.Errorf("read witness state: %w", err)
	}
	if s.logs == nil {
		return nil, errors.New("read witness state: it holds no logs")
	}
	for origin, have := range s.logs {
		if have.Size < 0 || have.Root == (tlog.Hash{}) {
			return nil, fmt.Errorf("read witness state: %s has no tree", origin)
		}
	}
	return s, nil
}

// get returns what was seen of a log.
func (s *state) get(origin string) seen {
	if have, ok := s.logs[origin]; ok {
		return have
	}
	return empty()
}

// put notes what was seen of a log, on disk when it returns without an error.
func (s *state) put(origin string, now seen) error {
	before, known := s.logs[origin]
	s.logs[origin] = now
	if err := s.save(); err != nil {
		delete(s.logs, origin)
		if known {
			s.logs[origin] = before
		}
		return fmt.Errorf("write witness state: %w", err)
	}
	return nil
}

func (s *state) save() error {
	text, err := json.MarshalIndent(s.logs, "", " ")
	if err != nil {
		return err
	}
	temp := s.file + ".tmp"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, s.file); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(s.file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
