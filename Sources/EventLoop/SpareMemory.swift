import CPlatform

/// Memory that this process has freed and the system has not got back.
package enum SpareMemory {
    /// Gives back what is not used. Some milliseconds of work; call it when much was freed at once, which malloc would keep.
    package static func giveBack() { cplatform_give_memory_back() }
}
