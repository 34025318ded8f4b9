package seal_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

const row = "families/f_1/members/m_1"

var (
	family, other = seal.Family("f_1"), seal.Family("f_2")
	members       = seal.Column{Table: "members", Name: "name", Subject: seal.OfFamily}
	// place is one row of the first family; away is the same row of the other one.
	place, away = members.At(family, row, 1), members.At(other, row, 1)
)

func sealed(t *testing.T, k *seal.Keyring, subject seal.Subject, place seal.Place, plaintext string) []byte {
	t.Helper()
	if err := k.Create(context.Background(), subject); err != nil {
		t.Fatal(err)
	}
	ciphertext, err := k.Seal(context.Background(), place, []byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	return ciphertext
}

func TestWhatWasSealedOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	ctx, k := context.Background(), sealtest.New(t)
	ciphertext := sealed(t, k, family, place, "Alesia")
	if err := k.Create(ctx, other); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open(ctx, place, ciphertext); err != nil || string(got) != "Alesia" {
		t.Fatalf("in its place: %q, %v", got, err)
	}
	for name, other := range map[string]seal.Place{
		"other table":   seal.Column{Table: "contacts", Name: "name", Subject: seal.OfFamily}.At(family, row, 1),
		"other column":  seal.Column{Table: "members", Name: "note", Subject: seal.OfFamily}.At(family, row, 1),
		"other row":     members.At(family, "families/f_1/members/m_2", 1),
		"other version": members.At(family, row, 2),
		"other subject": away,
	} {
		if _, err := k.Open(ctx, other, ciphertext); !fault.Is(err, "SEAL_BROKEN") {
			t.Errorf("%s: %v, want SEAL_BROKEN", name, err)
		}
	}
}

func TestAChangedByteDoesNotOpen(t *testing.T) {
	t.Parallel()
	k := sealtest.New(t)
	ciphertext := sealed(t, k, family, place, "Alesia")
	for i := range ciphertext {
		changed := bytes.Clone(ciphertext)
		changed[i] ^= 1
		if _, err := k.Open(context.Background(), place, changed); !fault.OfKind(err, fault.Internal) {
			t.Errorf("byte %d changed: %v, want Internal", i, err)
		}
	}
	if _, err := k.Open(context.Background(), place, nil); !fault.OfKind(err, fault.Internal) {
		t.Errorf("nothing: %v, want Internal", err)
	}
}

func TestTheSameTextIsSealedDifferentlyEachTime(t *testing.T) {
	t.Parallel()
	k := sealtest.New(t)
	if bytes.Equal(sealed(t, k, family, place, "Alesia"), sealed(t, k, family, place, "Alesia")) {
		t.Error("equal plaintexts can be seen")
	}
}

func TestAnErasedPersonDoesNotOpenFromAnOldBackupButOthersDo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store, master := postgrestest.New(t, seal.KeyStoreMigrations()), sealtest.Master(t)
	k := seal.New(master, store)
	// Given a backup of two families' rows,
	backup := map[seal.Subject][]byte{family: sealed(t, k, family, place, "Alesia"), other: sealed(t, k, other, away, "Yanka")}
	// when one family is erased and the backup comes back beside today's key store,
	if err := k.Destroy(ctx, family); err != nil {
		t.Fatal(err)
	}
	restored := seal.New(master, store)
	// then the erased does not open, does not seal, gets no new key and no digest,
	_, openErr := restored.Open(ctx, place, backup[family])
	_, sealErr := restored.Seal(ctx, place, []byte("x"))
	_, digestErr := restored.Digest(ctx, family, "iban", []byte("x"))
	for what, err := range map[string]error{
		"open": openErr, "seal": sealErr, "digest": digestErr, "create": restored.Create(ctx, family),
	} {
		if !fault.Is(err, "ERASED") || !fault.OfKind(err, fault.Precondition) {
			t.Errorf("%s: %v, want ERASED", what, err)
		}
	}
	// and the other does.
	if got, err := restored.Open(ctx, away, backup[other]); err != nil || string(got) != "Yanka" {
		t.Errorf("other family: %q, %v", got, err)
	}
}

func TestDestructionByAnotherReplicaIsSeenWithinASecond(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store, master := postgrestest.New(t, seal.KeyStoreMigrations()), sealtest.Master(t)
	here, there := seal.New(master, store), seal.New(master, store)
	ciphertext := sealed(t, here, family, place, "Alesia") // the key is in memory here now
	if err := there.Destroy(ctx, family); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if _, err := here.Open(ctx, place, ciphertext); !fault.Is(err, "ERASED") {
		t.Errorf("a second later: %v, want ERASED", err)
	}
}

func TestReplicasThatCreateAtOnceShareTheKey(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store, master := postgrestest.New(t, seal.KeyStoreMigrations()), sealtest.Master(t)
	digests := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range digests {
		wg.Go(func() {
			k := seal.New(master, store)
			if err := k.Create(ctx, family); err != nil {
				t.Errorf("create: %v", err)
			}
			digests[i], _ = k.Digest(ctx, family, "p", []byte("x"))
		})
	}
	wg.Wait()
	for i, d := range digests {
		if len(d) != 32 || !bytes.Equal(d, digests[0]) {
			t.Errorf("replica %d has another key", i)
		}
	}
}

func TestASubjectWithoutAKeyIsADefectNotAnErasure(t *testing.T) {
	t.Parallel()
	_, err := sealtest.New(t).Seal(context.Background(), place, []byte("x"))
	if err == nil || fault.Is(err, "ERASED") {
		t.Errorf("seal: %v, want an error that is not ERASED", err)
	}
}

func TestDigestsAreBoundToSubjectAndPurpose(t *testing.T) {
	t.Parallel()
	ctx, k := context.Background(), sealtest.New(t)
	digest := func(subject seal.Subject, purpose, data string) string {
		if err := k.Create(ctx, subject); err != nil {
			t.Fatal(err)
		}
		d, err := k.Digest(ctx, subject, purpose, []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		return string(d)
	}
	first := digest(family, "iban", "BY00")
	if digest(family, "iban", "BY00") != first {
		t.Error("the same data has two digests")
	}
	for name, d := range map[string]string{
		"subject": digest(other, "iban", "BY00"), "purpose": digest(family, "name", "BY00"), "data": digest(family, "iban", "BY01"),
	} {
		if d == first {
			t.Errorf("another %s has the same digest", name)
		}
	}
}

func TestBlindIndexesAreShortAndStable(t *testing.T) {
	t.Parallel()
	k := sealtest.New(t)
	if a, b := k.Blind("name", "alesia"), k.Blind("name", "alesia"); len(a) != 3 || !bytes.Equal(a, b) {
		t.Errorf("index: %x and %x, want 3 equal bytes", a, b)
	}
	if bytes.Equal(k.Blind("name", "alesia"), k.Blind("iban", "alesia")) {
		t.Error("purposes share indexes")
	}
}

func TestAPlaceCannotBeReadInTwoWays(t *testing.T) {
	t.Parallel()
	k := sealtest.New(t)
	if err := k.Create(context.Background(), family); err != nil {
		t.Fatal(err)
	}
	column := func(table, name string) seal.Column {
		return seal.Column{Table: table, Name: name, Subject: seal.OfFamily}
	}
	for _, place := range []seal.Place{
		{}, column("a", "b").At(family, "", 1), column("", "b").At(family, "c", 1),
		column("a|b", "c").At(family, "d", 1), column("a", "b").At(family, "c|d", 1),
	} {
		if _, err := k.Seal(context.Background(), place, nil); err == nil {
			t.Errorf("place %+v: accepted", place)
		}
	}
}

func TestAColumnIsSealedForSubjectsOfItsKindOnly(t *testing.T) {
	t.Parallel()
	ctx, k := context.Background(), sealtest.New(t)
	prisoner := seal.Prisoner("p_1")
	for _, subject := range []seal.Subject{family, prisoner} {
		if err := k.Create(ctx, subject); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Seal(ctx, members.At(prisoner, row, 1), nil); err == nil {
		t.Error("a family's column was sealed under a prisoner's key")
	}
	if _, err := k.Seal(ctx, members.At(seal.Subject{}, row, 1), nil); err == nil {
		t.Error("a column was sealed for nobody")
	}
}

func TestTheMasterKeyIsMadeOnceAndOnlyForItsOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys", "master.json")
	// When processes start together on a fresh folder,
	secrets := make([]string, 8)
	var wg sync.WaitGroup
	for i := range secrets {
		wg.Go(func() {
			master, err := seal.LoadMaster(path, true)
			if err != nil {
				t.Errorf("load: %v", err)
				return
			}
			secrets[i] = string(master.Derive("pages"))
		})
	}
	wg.Wait()
	// then all have the same key,
	for _, s := range secrets {
		if len(s) != 32 || s != secrets[0] {
			t.Error("processes disagree about the master key")
		}
	}
	// which only its owner may read,
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file mode: %v, %v; want 0600", info.Mode(), err)
	}
	// or it is refused.
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadMaster(path, true); err == nil {
		t.Error("a key that others may read was accepted")
	}
}

func TestADamagedMasterKeyFileIsNotQuoted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.json")
	for _, content := range []string{"", "secret", `{"keyEncryption":"secret"}`, `{"keyEncryption":{},"derivation":{}}`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.LoadMaster(path, true); err == nil || bytes.Contains([]byte(err.Error()), []byte("secret")) {
			t.Errorf("content %q: %v, want an error that does not quote it", content, err)
		}
	}
}

func TestManyKeysAreMadeAtOnceAndOldOnesStay(t *testing.T) {
	t.Parallel()
	ctx, k := context.Background(), sealtest.New(t)
	before := sealed(t, k, family, place, "Alesia")
	if err := k.CreateMany(ctx, []seal.Subject{other, family, other}); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open(ctx, place, before); err != nil || string(got) != "Alesia" {
		t.Errorf("old key: %q, %v", got, err)
	}
	if _, err := k.Seal(ctx, away, []byte("x")); err != nil {
		t.Errorf("new key: %v", err)
	}
	if err := k.Destroy(ctx, family); err != nil {
		t.Fatal(err)
	}
	if err := k.CreateMany(ctx, []seal.Subject{family, other}); !fault.Is(err, "ERASED") {
		t.Errorf("with an erased subject: %v, want ERASED", err)
	}
	if err := k.Preload(ctx, []seal.Subject{family, other, seal.Family("f_3")}); err != nil {
		t.Errorf("preload: %v", err)
	}
}

func TestADestroyedKeyDoesNotComeBackFromAReadThatWasUnderWay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store, master := postgrestest.New(t, seal.KeyStoreMigrations()), sealtest.Master(t)
	here, there := seal.New(master, store), seal.New(master, store)
	ciphertext := sealed(t, here, family, place, "Alesia")
	// When one replica keeps reading while another destroys,
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_ = here.Preload(ctx, []seal.Subject{family})
					_, _ = here.Open(ctx, place, ciphertext)
				}
			}
		})
	}
	if err := there.Destroy(ctx, family); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond)
	// then a second later nothing opens, whatever was in flight.
	if _, err := here.Open(ctx, place, ciphertext); !fault.Is(err, "ERASED") {
		t.Errorf("open: %v, want ERASED", err)
	}
	close(stop)
	wg.Wait()
}

func BenchmarkSeal(b *testing.B) {
	k := sealtest.New(b)
	if err := k.Create(context.Background(), family); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := k.Seal(context.Background(), place, []byte("Alesia")); err != nil {
			b.Fatal(err)
		}
	}
}
