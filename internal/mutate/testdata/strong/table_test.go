package strong

import (
	"fmt"
	"testing"
)

func TestTables(t *testing.T) {
	got := fmt.Sprintf("%+v %v %v %+v %+v %d %s %s", entries, numbers, joined, *pair[0], *pair[1], size, red, blue)
	want := "[{name:a color:r on:true likes:[]} {name:b color:b on:false likes:[x y]}] map[minus one:-1 one:1] [abab] {name:p color: on:false likes:[]} {name:q color: on:false likes:[]} 2 r b"
	if got != want || anyOf()[0] != "not a table" {
		t.Error(got)
	}
}
