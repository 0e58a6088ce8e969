package cmdb_test

import (
	"fmt"

	"github.com/itsmkit/itsmkit/cmdb"
)

func ExampleClassifier_Classify() {
	bulk := cmdb.Classifier{Mode: cmdb.Bulk}
	fmt.Println(bulk.Classify(cmdb.Device{RoleName: "Access Switch", RoleSlug: "access-switch"}).Detail)
	// Output: role keyword "switch" gives cmdb_ci_ip_switch
}

func ExampleClassifier_Classify_realTime() {
	var strict cmdb.Classifier
	got := strict.Classify(cmdb.Device{RoleName: "Access Switch"})
	fmt.Println(got.Valid, got.Reason)
	// Output: false missing
}

func ExampleClasses_Batches() {
	classes, err := cmdb.NewClasses()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, batch := range classes.Batches() {
		fmt.Println(len(batch))
	}
	// Output:
	// 6
	// 3
}
