package cmdb

import "slices"

// Registration is what makes the choices of the NetBox field ClassField the registered
// classes: calls of at most RegistrationBatch classes each.
type Registration struct {
	// Register are classes that are not among the choices, or with another label.
	Register [][]Class
	// Deregister are choices that are not registered. Devices that have the class
	// keep it until somebody edits them, and CIs stay as they are.
	Deregister [][]Class
}

// Empty reports whether there is nothing to do.
func (r Registration) Empty() bool { return len(r.Register)+len(r.Deregister) == 0 }

// Registration compares the registered classes with the choices that NetBox has. The
// order of either does not matter to what is done, only to its order. A choice that
// stands twice counts once.
func (c *Classes) Registration(choices []Class) Registration {
	labels := make(map[string]string, len(choices))
	var gone []Class
	for _, choice := range choices {
		if _, twice := labels[choice.Table]; !twice && !c.Has(choice.Table) {
			gone = append(gone, choice)
		}
		labels[choice.Table] = choice.Label
	}
	missing := slices.DeleteFunc(c.All(), func(class Class) bool {
		label, there := labels[class.Table]
		return there && label == class.Label
	})
	return Registration{batches(missing), batches(gone)}
}

// batches cuts classes into groups of RegistrationBatch at the most, in order.
func batches(classes []Class) [][]Class {
	return slices.Collect(slices.Chunk(classes, RegistrationBatch))
}
