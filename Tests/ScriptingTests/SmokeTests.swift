import LoadModel
import Testing

@testable import Scripting
