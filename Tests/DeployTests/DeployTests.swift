import Testing

/// The manifests, the images and the tools around them: what is built of them holds together, and fits this version of the programs.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DeployTests {}
