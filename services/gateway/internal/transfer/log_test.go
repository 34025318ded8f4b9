package transfer

import "testing"

func TestEveryTileHasOneSpelling(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		index int64
		width int32
	}{
		"000": {0, 0}, "001": {1, 0}, "999": {999, 0}, "x001/000": {1000, 0}, "x001/x234/067": {1234067, 0},
		"067.p/8": {67, 8}, "x001/x234/067.p/255": {1234067, 255},
		"x999/x999/x999/x999/x999/999": {999999999999999999, 0},
	} {
		index, width, ok := parseTile(path)
		if !ok || index != want.index || width != want.width {
			t.Errorf("%s: %d, %d, %t", path, index, width, ok)
		}
	}
	for _, path := range []string{
		"", "0", "00", "0000", "x000", "x000/001", "001/002", "x001/x002", "x1/002", "-01", "+01", "0x1",
		"001.p/0", "001.p/256", "001.p/08", "001.p/-1", "001.p/", "001.p/1/2", "001.p", "001/", "/001", "x001//001",
		"x999/x999/x999/x999/x999/x999/999", "٠٠١",
	} {
		if index, width, ok := parseTile(path); ok {
			t.Errorf("%q is taken for %d, %d", path, index, width)
		}
	}
}
