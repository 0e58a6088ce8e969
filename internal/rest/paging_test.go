package rest_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// shelf serves pages of a numbered list; a page takes a second.
type shelf struct {
	items, perPage int
	fetched        []string
	flying         int
}

func (s *shelf) fetch(ctx context.Context, cursor string) ([]int, string, error) {
	s.fetched = append(s.fetched, cursor)
	s.flying++
	defer func() { s.flying-- }()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
	from, _ := strconv.Atoi(cursor)
	var page []int
	for i := from; i < min(from+s.perPage, s.items); i++ {
		page = append(page, i)
	}
	if from+s.perPage >= s.items {
		return page, "", nil
	}
	return page, strconv.Itoa(from + s.perPage), nil
}

func TestAll(t *testing.T) {
	for _, prefetch := range []bool{false, true} {
		for _, items := range []int{0, 1, 3, 6, 7} {
			t.Run("", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &shelf{items: items, perPage: 3}
					seq := rest.All(t.Context(), prefetch, "0", s.fetch)
					if len(s.fetched) != 0 {
						t.Error("fetched before the first step")
					}
					for round := 1; round <= 2; round++ {
						var got []int
						for i, err := range seq {
							if err != nil {
								t.Fatal(err)
							}
							got = append(got, i)
						}
						want := make([]int, 0, items)
						for i := range items {
							want = append(want, i)
						}
						if !slices.Equal(got, want) {
							t.Errorf("round %d: got %v, want %v", round, got, want)
						}
						if pages := max(1, (items+2)/3); len(s.fetched) != round*pages {
							t.Errorf("round %d: %d pages fetched, want %d", round, len(s.fetched), round*pages)
						}
					}
				})
			})
		}
	}
}

func TestAllPrefetchOverlaps(t *testing.T) {
	for _, tt := range []struct {
		prefetch bool
		want     time.Duration
	}{{false, 12 * time.Second}, {true, 10 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			for range rest.All(t.Context(), tt.prefetch, "0", (&shelf{items: 9, perPage: 3}).fetch) {
				elapse(time.Second)
			}
			if took := time.Since(start); took != tt.want {
				t.Errorf("prefetch %v: took %v, want %v", tt.prefetch, took, tt.want)
			}
		})
	}
}

func TestAllBreak(t *testing.T) {
	for _, prefetch := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := &shelf{items: 9, perPage: 3}
			start := time.Now()
			for i := range rest.All(t.Context(), prefetch, "0", s.fetch) {
				if i == 1 {
					synctest.Wait() // the page ahead is in flight
					break
				}
			}
			if s.flying != 0 || time.Since(start) != time.Second {
				t.Errorf("prefetch %v: %d in flight after %v, want what is in flight cancelled at once", prefetch, s.flying, time.Since(start))
			}
			if want := map[bool]int{false: 1, true: 2}[prefetch]; len(s.fetched) != want {
				t.Errorf("prefetch %v: fetched %v", prefetch, s.fetched)
			}
		})
	}
}

func TestAllEnds(t *testing.T) {
	broken := errors.New("broken")
	pages := func(next map[string]string, err error) func(context.Context, string) ([]string, string, error) {
		return func(_ context.Context, cursor string) ([]string, string, error) {
			if next[cursor] == "" {
				return []string{cursor}, "", err
			}
			return []string{cursor}, next[cursor], nil
		}
	}
	tests := []struct {
		name  string
		fetch func(context.Context, string) ([]string, string, error)
		items string
		err   error
	}{
		{"error on the third page", pages(map[string]string{"a": "b", "b": "c"}, broken), "abc", broken},
		{"the same cursor", pages(map[string]string{"a": "a"}, nil), "a", rest.ErrStuck},
		{"a circle", pages(map[string]string{"a": "b", "b": "c", "c": "a"}, nil), "abc", rest.ErrStuck},
	}
	for _, tt := range tests {
		for _, prefetch := range []bool{false, true} {
			var items string
			var errs []error
			for item, err := range rest.All(t.Context(), prefetch, "a", tt.fetch) {
				items += item
				if err != nil {
					errs = append(errs, err)
				}
			}
			if items != tt.items || len(errs) != 1 || !errors.Is(errs[0], tt.err) {
				t.Errorf("%s, prefetch %v: items %q, errors %v; want %q and %v once", tt.name, prefetch, items, errs, tt.items, tt.err)
			}
		}
	}
}

func TestAllWithoutContext(t *testing.T) {
	var none context.Context
	n := 0
	for _, err := range rest.All(none, false, "0", (&shelf{items: 9, perPage: 3}).fetch) {
		n++
		if err == nil {
			t.Error("no error")
		}
	}
	if n != 1 {
		t.Errorf("%d steps, want one error", n)
	}
}

func TestAllChecksTheContextBetweenPages(t *testing.T) {
	for _, prefetch := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := &shelf{items: 9, perPage: 3}
			var last error
			for i, err := range rest.All(ctx, prefetch, "0", s.fetch) {
				if i == 2 {
					cancel()
				}
				last = err
			}
			if !errors.Is(last, context.Canceled) {
				t.Errorf("prefetch %v: ended with %v, want cancelled", prefetch, last)
			}
		})
	}
}
