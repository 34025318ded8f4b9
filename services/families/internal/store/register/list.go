package register

import (
	"bytes"
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// listDigest is what a source list is called in the tables.
func (s *Store) listDigest(name string) []byte { return s.keys.Keyed("source list", []byte(name)) }

// listOf is whose key a list's is.
func listOf(digest []byte) seal.Subject { return seal.List(hex.EncodeToString(digest)) }

// addList makes a list's key and row where there are none.
func (s *Store) addList(ctx context.Context, name string) ([]byte, error) {
	digest := s.listDigest(name)
	if err := s.keys.CreateMany(ctx, []seal.Subject{listOf(digest)}); err != nil {
		return nil, fmt.Errorf("make key of list: %w", err)
	}
	sealed, err := s.keys.Seal(ctx, listPlace(digest), []byte(name))
	if err != nil {
		return nil, fmt.Errorf("seal name of list: %w", err)
	}
	return digest, s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO source_lists (list_digest, name_sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING`, digest, sealed)
		return err
	})
}

func listPlace(digest []byte) seal.Place {
	return listColumn.At(listOf(digest), hex.EncodeToString(digest), 1)
}

// listName opens the name of a list.
func (s *Store) listName(ctx context.Context, digest, sealed []byte) (string, error) {
	name, err := s.keys.Open(ctx, listPlace(digest), sealed)
	return string(name), err
}

// sourceDigests are the digests that an id has, one in each of the lists.
func (s *Store) sourceDigests(ctx context.Context, id string) ([][]byte, error) {
	lists, err := postgres.Many(ctx, s.db.Pool, "lists", pgx.RowTo[[]byte], `SELECT list_digest FROM source_lists ORDER BY list_digest`)
	for i, list := range lists {
		if lists[i], err = s.sourceDigest(ctx, list, id); err != nil {
			return nil, err
		}
	}
	return lists, err
}

// sourceDigest is what an id of a list is called in the tables.
func (s *Store) sourceDigest(ctx context.Context, list []byte, id string) ([]byte, error) {
	return s.keys.Digest(ctx, listOf(list), "source id", []byte(id))
}

// rowCipher enciphers the numbers of a file's rows. Whoever has the public file and the
// tables must not find a row by its place, nor by its neighbours.
type rowCipher struct{ block cipher.Block }

func (s *Store) rowCipher(importID string) (rowCipher, error) {
	block, err := aes.NewCipher(s.keys.Keyed("rows of import", []byte(importID)))
	return rowCipher{block}, err
}

// key is what a row is called in the tables.
func (c rowCipher) key(number int) []byte {
	key := make([]byte, aes.BlockSize)
	binary.BigEndian.PutUint64(key[aes.BlockSize-8:], uint64(number))
	c.block.Encrypt(key, key)
	return key
}

// number is the row's place in the file.
func (c rowCipher) number(key []byte) (int, error) {
	if len(key) != aes.BlockSize {
		return 0, fmt.Errorf("a row's key has %d bytes", len(key))
	}
	plain := make([]byte, aes.BlockSize)
	c.block.Decrypt(plain, key)
	if !bytes.Equal(plain[:8], make([]byte, 8)) {
		return 0, fmt.Errorf("a row's key is of another file")
	}
	return int(binary.BigEndian.Uint64(plain[8:])), nil
}

func (c rowCipher) numbers(keys [][]byte) (list []int, err error) {
	for _, key := range keys {
		number, err := c.number(key)
		if err != nil {
			return nil, err
		}
		list = append(list, number)
	}
	slices.SortFunc(list, cmp.Compare)
	return list, nil
}

// label is what reviewers are told of a row without its facts.
type label struct {
	SourceID   string                     `json:"sourceId"`
	Complaints []prisonerimport.Complaint `json:"complaints,omitempty"`
}

// labelPlace is where a row's label stands: beside its facts, for the same subject.
func labelPlace(id string, number, version int) seal.Place {
	return labelColumn.At(rowSubject(id, version), id+"/"+strconv.Itoa(number), version)
}
